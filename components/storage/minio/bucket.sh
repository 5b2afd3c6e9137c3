# Creates a bucket in the object store, or adopts one that exists. Sets its versioning and the expiry of its objects.
# The step itself deletes no bucket and no object.
#
# Values: BUCKET  VERSIONING (yes, no)  LIFECYCLE (S3's document with the expiry; empty: no expiry)  RULE (id of the
#   program's rule in it)  STORE (id of the store: a new store makes this step run again)  and those of client.sh
# Effect of the first run: bucket $BUCKET is created
# Effect of LIFECYCLE: objects of bucket $BUCKET expire by another rule
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

bucket_exists() { mc stat --no-list "store/$BUCKET"; }
# read_setting COMMAND...: prints the client's answer in JSON; an empty object, if the bucket has no such setting.
read_setting() {
  local output
  if output=$(mc --json "$@" </dev/null 2>/dev/null); then
    printf '%s\n' "$output"
  elif jq -e 'any(.. | .Code? // empty; . == "NoSuchLifecycleConfiguration")' <<<"$output" >/dev/null 2>&1; then
    echo "{}"
  else
    fail "reading '$*' failed: $(tail -n 1 <<<"$output")"
  fi
}
# days_of ID <JSON: the days until older versions expire by the rule with that id; empty if no such rule exists.
days_of() {
  jq -r --arg id "$1" \
    'first(.. | select(.ID? == $id) | .NoncurrentVersionExpiration.NoncurrentDays | tostring) // ""'
}

install_packages jq
wait_until 300 "the object store to answer" answers
if ! bucket_exists >/dev/null 2>&1 </dev/null; then
  quietly "creating bucket $BUCKET" mc mb --ignore-existing "store/$BUCKET"
  changed "created bucket $BUCKET"
fi

answer=$(read_setting version info "store/$BUCKET")
case $VERSIONING:$(jq -r '.versioning.status // ""' <<<"$answer") in
  yes:Enabled) ;;
  yes:*)
    quietly "turning on versioning of $BUCKET" mc version enable "store/$BUCKET"
    changed "bucket $BUCKET keeps older versions"
    ;;
  no:Enabled)
    quietly "suspending versioning of $BUCKET" mc version suspend "store/$BUCKET"
    changed "bucket $BUCKET keeps no new versions; existing versions stay"
    ;;
esac

answer=$(read_setting ilm rule export "store/$BUCKET")
current=$(days_of "$RULE" <<<"$answer")
if [ -n "$LIFECYCLE" ]; then
  days=$(days_of "$RULE" <<<"$LIFECYCLE")
  if [ "$current" != "$days" ]; then
    output=$(mc ilm rule import "store/$BUCKET" <<<"$LIFECYCLE" 2>&1) || fail "$BUCKET: $(tail -n 1 <<<"$output")"
    changed "objects in bucket $BUCKET expire after $days days"
  fi
elif [ -n "$current" ]; then
  quietly "turning off expiry in $BUCKET" mc ilm rule rm --id "$RULE" "store/$BUCKET"
  changed "objects in bucket $BUCKET no longer expire"
fi
