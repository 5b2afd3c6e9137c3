#!/bin/bash
# Takes a block device from the host in which this runs, in use or not: as if its cable were pulled, but what is mounted
# from it stays with the processes that use it. Usage: unplug.sh NUMBER LINK...  (the device is /dev/loopNUMBER)
set -euo pipefail
number=$1
shift
while read -r _ _ device _ point _; do
  if [ "$device" = "7:$number" ]; then printf '%b\n' "$point"; fi
done < /proc/self/mountinfo | sort -r | while read -r point; do umount -l "$point"; done
for link in "$@"; do
  if [ "$(readlink "$link")" = "/dev/loop$number" ]; then rm "$link"; fi
done
rm -f "/dev/loop$number"
