# Creates an account of the object store. An account that exists gets these keys and rights.
#
# Values: ACCOUNT (also the name of its policy)  POLICY (its text)  STORE (id of the store: a new store makes this step
#   run again)  and those of client.sh
# Secrets: SECRET_KEY
# Effect of SECRETS: account $ACCOUNT gets another key; the old one is refused at once
# Effect of POLICY: account $ACCOUNT gets other rights at once
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

# with_input WHAT COMMAND... <TEXT: runs a command that reads stdin. Its output contains no key.
with_input() {
  local what=$1 output
  shift
  output=$("$@" 2>&1) || fail "$what failed: $(tail -n 1 <<<"$output")"
}

wait_until 300 "the object store to answer" answers
with_input "writing policy $ACCOUNT" mc admin policy create store "$ACCOUNT" /dev/stdin <<<"$POLICY"
with_input "writing account $ACCOUNT" mc admin user add store <<<"$ACCOUNT"$'\n'"$SECRET_KEY"
quietly "giving $ACCOUNT its rights" mc admin policy attach store "$ACCOUNT" --user "$ACCOUNT"
changed "wrote account $ACCOUNT"
