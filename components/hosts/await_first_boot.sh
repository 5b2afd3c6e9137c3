# Waits until the host has done all that its user data asks for: what is installed next may need it. Changes nothing.
# shellcheck shell=bash disable=SC2154

wait_until 600 "cloud-init to finish" test -e /run/cloud-init/result.json
