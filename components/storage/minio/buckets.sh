# Prints the buckets of the object store that the settings don't name, one a line. Changes nothing.
#
# Values: NAMESPACE and DEPLOYMENT (of the server)  STORE (which store it is)  WANTED (names of buckets, one a line)
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

mc() { k3s kubectl -n "$NAMESPACE" exec -i "deployment/$DEPLOYMENT" -c server -- mc --config-dir /tmp/mc "$@"; }
answers() { mc ls store; }

wait_until 300 "the object store to answer" answers
names=$(mc ls store </dev/null | awk '{ sub("/$", "", $NF); print $NF }')
grep -Fxv -f <(printf '%s\n' "$WANTED") <<<"$names" | grep . || true
