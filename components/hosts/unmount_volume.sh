# Unmounts the volume at FOLDER, so that the cloud can detach it. Its data stays.
# Values: FOLDER
# Effect of removal: unmounts its volume; the data stays on it
# shellcheck shell=bash disable=SC2154

if mountpoint -q "$FOLDER"; then
  quietly "unmounting $FOLDER" umount "$FOLDER"
  changed "unmounted $FOLDER"
fi
write_fstab "$FOLDER"
