# Prints the buckets of the object store that the settings don't name, one a line. Changes nothing.
#
# Values: WANTED (names of buckets, one a line)  STORE (id of the store)  and those of client.sh
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

wait_until 300 "the object store to answer" answers
names=$(mc ls store </dev/null | awk '{ sub("/$", "", $NF); print $NF }')
grep -Fxv -f <(printf '%s\n' "$WANTED") <<<"$names" | grep . || true
