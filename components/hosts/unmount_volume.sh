# Takes the volume away from FOLDER, so that it can be detached. What is on it stays.
# Values: FOLDER (and DEVICES, SIZE_GB, which are not needed for this)
# shellcheck shell=bash disable=SC2154

if mountpoint -q "$FOLDER"; then
  quietly "unmounting $FOLDER" umount "$FOLDER"
  changed "unmounted $FOLDER"
fi
if awk -v folder="$FOLDER" '$2 != folder' /etc/fstab | write_file /etc/fstab 0644 root; then reload_units; fi
