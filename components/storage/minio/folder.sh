# Prepares the folder on this host in which the object store keeps its data. Never deletes data. Prints the folder's id,
# which it got when it was created. Another id means another, empty store.
#
# Values: FOLDER  OWNER (number of the user that the server runs as)  SIZE_GB (required size of the file system)
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

mkdir -p "$FOLDER" || fail "can't create the folder $FOLDER"
size=$(df -B1G --output=size "$FOLDER" | tail -n 1 | tr -d ' ')
# A file system is smaller than its volume: it uses some space for itself.
[ "$((size * 10))" -ge "$((SIZE_GB * 9))" ] ||
  fail "$FOLDER is on a file system of $size GB, storage.size_gb is $SIZE_GB:" \
    "lower it, or give the host a larger volume"

chmod 0755 "$FOLDER"
if [ "$(stat -c '%u:%g %a' "$FOLDER/data" 2>/dev/null)" != "$OWNER:$OWNER 700" ]; then
  install -d -m 0700 -o "$OWNER" -g "$OWNER" "$FOLDER/data"
  changed "created $FOLDER/data for user $OWNER"
fi
[ -s "$FOLDER/id" ] || write_file "$FOLDER/id" 0644 root </proc/sys/kernel/random/uuid
tr -d '\n' <"$FOLDER/id"
