# Waits until cloud-init has finished: later steps may need what it sets up. Changes nothing.
# shellcheck shell=bash disable=SC2154

wait_until 600 "cloud-init to finish" test -e /run/cloud-init/result.json
