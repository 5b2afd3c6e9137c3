# This host is the arbitrator no more.
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

stop_service garb.service
remove_file /etc/default/garb
