#!/bin/bash
# Gives a host the node of one of its block devices, with links to it. Run at each boot, and in the host while it runs.
# Usage: plug.sh ROOT NUMBER LINK...  (the device is /dev/loopNUMBER)
set -euo pipefail
cd "$1"
device=/dev/loop$2
shift 2
[ -b ".$device" ] || mknod -m 600 ".$device" b 7 "${device#/dev/loop}"
for link in "$@"; do
  mkdir -p ".${link%/*}"
  ln -sfn "$device" ".$link"
done
