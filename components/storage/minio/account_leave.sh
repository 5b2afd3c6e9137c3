# Removes an account of the object store and its rights. Objects that it stored stay.
#
# Values: ACCOUNT, and those of client.sh
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

wait_until 120 "the object store to answer" answers
if mc admin user info store "$ACCOUNT" >/dev/null 2>&1 </dev/null; then
  quietly "removing account $ACCOUNT" mc admin user remove store "$ACCOUNT"
  changed "removed account $ACCOUNT"
fi
if mc admin policy info store "$ACCOUNT" >/dev/null 2>&1 </dev/null; then
  quietly "removing policy $ACCOUNT" mc admin policy remove store "$ACCOUNT"
fi
