# Makes a namespace of the cluster unless it is there. It is never taken away: others may have put things into it.
#
# Values: NAMESPACE
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

is_there() { k3s kubectl --request-timeout=20s get namespace "$NAMESPACE" --ignore-not-found -o name; }
make_it() {
  [ -n "$(is_there)" ] || k3s kubectl --request-timeout=20s create namespace "$NAMESPACE"
}

before=$(is_there)
wait_until 60 "namespace $NAMESPACE to be made" make_it
[ -n "$before" ] || changed "made namespace $NAMESPACE"
