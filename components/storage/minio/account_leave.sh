# Removes an account of the object store and its rights. Objects that it stored stay.
#
# Values: ACCOUNT, and those of client.sh
# Effect of removal: account $ACCOUNT is refused from now on; its objects stay
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

# is_there KIND CODE: whether the store has the user or policy ACCOUNT. CODE is the store's error if it has none: after
# any other error, the account's keys may still be valid.
is_there() {
  local output
  output=$(mc --json admin "$1" info store "$ACCOUNT" 2>&1 </dev/null) && return 0
  grep -q "\"Code\": *\"$2\"" <<<"$output" ||
    fail "the store does not tell whether it has the $1 $ACCOUNT: ${output%%$'\n'*}"
  return 1
}

wait_until 120 "the object store to answer" answers
if is_there user XMinioAdminNoSuchUser; then
  quietly "removing account $ACCOUNT" mc admin user remove store "$ACCOUNT"
  changed "removed account $ACCOUNT"
fi
if is_there policy XMinioAdminNoSuchPolicy; then
  quietly "removing policy $ACCOUNT" mc admin policy remove store "$ACCOUNT"
fi
