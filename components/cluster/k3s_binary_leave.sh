# Removes the k3s binary from a host that is no longer a node.
# shellcheck shell=bash

remove_file /usr/local/bin/k3s
