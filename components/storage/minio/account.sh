# Makes an account of the object store, or gives one that is there these keys and rights. The client runs in the
# server's own container, which has the administrator's keys.
#
# Values: NAMESPACE and DEPLOYMENT (of the server)  STORE (which store it is: in a new one all is made anew)
#   ACCOUNT (also the name of its policy)  POLICY (its text)
# Secrets: SECRET_KEY
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

mc() { k3s kubectl -n "$NAMESPACE" exec -i "deployment/$DEPLOYMENT" -c server -- mc --config-dir /tmp/mc "$@"; }
answers() { mc ls store; }
# told WHAT COMMAND... <TEXT: a command that gets its words by stdin. What it says has no key in it.
told() {
  local what=$1 said
  shift
  said=$("$@" 2>&1) || fail "$what failed: $(tail -n 1 <<<"$said")"
}

wait_until 300 "the object store to answer" answers
told "writing policy $ACCOUNT" mc admin policy create store "$ACCOUNT" /dev/stdin <<<"$POLICY"
told "writing account $ACCOUNT" mc admin user add store <<<"$ACCOUNT"$'\n'"$SECRET_KEY"
quietly "giving $ACCOUNT its rights" mc admin policy attach store "$ACCOUNT" --user "$ACCOUNT"
changed "wrote account $ACCOUNT"
