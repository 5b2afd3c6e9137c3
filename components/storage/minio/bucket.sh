# Makes a bucket in the object store, or adopts one that is there, and sets how long it keeps what. Nothing here deletes
# a bucket or an object. The client runs in the server's own container, which has the administrator's keys.
#
# Values: NAMESPACE and DEPLOYMENT (of the server)  STORE (which store it is: in a new one all is made anew)  BUCKET
#   VERSIONING (yes, no)  LIFECYCLE (S3's document, in which objects expire; empty: none of the program's)  RULE (its id)
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

mc() { k3s kubectl -n "$NAMESPACE" exec -i "deployment/$DEPLOYMENT" -c server -- mc --config-dir /tmp/mc "$@"; }
answers() { mc ls store; }
is_there() { mc stat --no-list "store/$BUCKET"; }
# setting COMMAND...: prints what it says in JSON, without the spaces that differ from version to version. Nothing, when
# there is no such setting.
setting() {
  local said
  said=$(mc --json "$@" </dev/null 2>/dev/null) || [[ $said == *NoSuchLifecycleConfiguration* ]] ||
    fail "asking for '$*' failed: $(tail -n 1 <<<"$said")"
  tr -d ' \n' <<<"$said"
}

wait_until 300 "the object store to answer" answers
if ! is_there >/dev/null 2>&1 </dev/null; then
  quietly "making bucket $BUCKET" mc mb --ignore-existing "store/$BUCKET"
  changed "made bucket $BUCKET"
fi

now=$(setting version info "store/$BUCKET")
case $VERSIONING:$now in
  yes:*'"status":"Enabled"'*) ;;
  yes:*)
    quietly "keeping versions in $BUCKET" mc version enable "store/$BUCKET"
    changed "bucket $BUCKET keeps older versions"
    ;;
  no:*'"status":"Enabled"'*)
    quietly "keeping no more versions in $BUCKET" mc version suspend "store/$BUCKET"
    changed "bucket $BUCKET keeps no new versions; those that there are stay"
    ;;
esac

now=$(setting ilm rule export "store/$BUCKET")
if [ -n "$LIFECYCLE" ]; then
  days=$(grep -o '"NoncurrentDays": *[0-9]*' <<<"$LIFECYCLE" | tr -d ' ')
  if [[ $now != *"\"ID\":\"$RULE\""* ]] || ! grep -q "${days}[,}]" <<<"$now"; then
    said=$(mc ilm rule import "store/$BUCKET" <<<"$LIFECYCLE" 2>&1) || fail "$BUCKET: $(tail -n 1 <<<"$said")"
    changed "objects in bucket $BUCKET expire: $days"
  fi
elif [[ $now == *"\"ID\":\"$RULE\""* ]]; then
  quietly "ending expiry in $BUCKET" mc ilm rule rm --id "$RULE" "store/$BUCKET"
  changed "objects in bucket $BUCKET expire no more"
fi
