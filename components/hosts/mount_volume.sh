# Mounts the host's volume at FOLDER, now and at every boot. Formats it only if it is empty. Grows the file system when
# the volume has grown.
# Values: DEVICES (possible paths of the device, with spaces between), FOLDER, SIZE_GB
# Effect of the first run: mounts its volume; an empty one is formatted
# Effect of SIZE_GB: the file system of its volume grows; nothing restarts
# shellcheck shell=bash disable=SC2154

command -v mkfs.ext4 >/dev/null || install_packages e2fsprogs

bytes_of() { blockdev --getsize64 "$1" 2>/dev/null || echo 0; }
# whats_on DEVICE: prints the kinds of data that it knows by a signature. Fails if it can't read the device.
whats_on() { wipefs --noheadings --output TYPE "$1" | sort -u | paste -sd ' '; }
# All zeros like a new volume. A disk with unknown data may have no signature.
is_blank() { cmp -s -n $((4 << 20)) "$1" /dev/zero; }

# Prefers the paths that the cloud's images set up. Other images lack them: then the only disk that fits is the volume.
find_volume() {
  local path disks found=()
  for path in $DEVICES; do
    if [ -b "$path" ]; then
      readlink -f "$path"
      return
    fi
  done
  udevadm settle --timeout=10 >/dev/null 2>&1 || true
  disks=$(lsblk -dnpo NAME) || return 1
  while read -r path; do
    if [ -b "$path" ] && [ "$(bytes_of "$path")" = $((SIZE_GB << 30)) ] && is_unused "$path" && is_ours "$path"; then
      found+=("$path")
    fi
  done <<<"$disks"
  if [ "${#found[@]}" != 1 ]; then
    echo "none of $DEVICES exists, and ${#found[@]} disks of $SIZE_GB GiB are empty or this program's:" \
      "${found[*]:-attach it}"
    return 1
  fi
  echo "${found[0]}"
}

# Not mounted, no swap, no partitions, no part of a RAID or LVM.
is_unused() {
  local mounts parts
  mounts=$(lsblk -no MOUNTPOINTS "$1") && parts=$(lsblk -no NAME "$1") || return 1
  [[ -z ${mounts//[[:space:]]/} && -n $parts && $parts != *$'\n'* ]]
}

# Formatted by this script, or blank.
is_ours() {
  local kinds
  kinds=$(whats_on "$1") || return 1
  case $kinds in
    ext4) [ "$(blkid -p -o value -s LABEL "$1")" = tailnet-k3s ] ;;
    "") is_blank "$1" ;;
    *) return 1 ;;
  esac
}

# The device that is mounted already, the last one if there are several. Its path may change between boots.
mounted() { findmnt -no SOURCE --mountpoint "$FOLDER" | tail -n 1 | grep .; }
# Somebody may have mounted something else there.
is_another() {
  local path
  for path in $DEVICES; do
    if [ -b "$path" ]; then
      [ "$(readlink -f "$path")" != "$(readlink -f "$1")" ]
      return
    fi
  done
  ! [ -b "$1" ]
}

# nofail: a host without its volume must boot, so that its owner can log in and repair it.
enter_in_fstab() {
  write_fstab "$FOLDER" "UUID=$uuid $FOLDER $kind defaults,nofail,x-systemd.device-timeout=60s 0 2"
}

if ! device=$(mounted); then
  wait_until 120 "the volume to be attached" find_volume
  device=$(find_volume)
  kinds=$(whats_on "$device") || fail "can't read what is on $device: it was not changed"
  if [ -z "$kinds" ]; then
    is_blank "$device" ||
      fail "$device has unknown data on it, or can't be read: it was not changed." \
        "To use it, write zeros to its first 4 MiB"
    quietly "formatting $device" mkfs.ext4 -q -m 1 -L tailnet-k3s "$device"
    changed "formatted $device, which was empty"
  fi
  kind=$(blkid -p -o value -s TYPE "$device") || true
  case $kind in
    ext4 | xfs) ;;
    *) fail "$device has $kinds on it, which this program does not use: it was not changed" ;;
  esac
  uuid=$(blkid -p -o value -s UUID "$device")
  enter_in_fstab
  mkdir -p "$FOLDER"
  quietly "mounting $device at $FOLDER" mount "$FOLDER"
  device=$(mounted) || fail "$FOLDER was mounted and is unmounted again: find the program that unmounts it"
  changed "mounted $device at $FOLDER"
fi

! is_another "$device" ||
  fail "$FOLDER is the mount point of $device, not of the volume: umount $FOLDER, take it out of" \
    "/etc/fstab, and run up again"
UUID=$(blkid -p -o value -s UUID "$device")
if ! grep -Eq "^UUID=${UUID}[[:space:]]+${FOLDER}[[:space:]]" /etc/fstab; then
  uuid=$UUID kind=$(findmnt -no FSTYPE --mountpoint "$FOLDER" | tail -n 1)
  enter_in_fstab
fi

# The kernel must rescan a disk to see its new size. Not all kinds of disk have this file.
rescan=/sys/class/block/${device##*/}/device/rescan
if [ -w "$rescan" ]; then echo 1 >"$rescan" || true; fi
before=$(stat -f -c %b "$FOLDER")
kind=$(findmnt -no FSTYPE --mountpoint "$FOLDER")
case $kind in
  ext4) quietly "growing the file system of $device" resize2fs "$device" ;;
  xfs) quietly "growing the file system of $device" xfs_growfs "$FOLDER" ;;
esac
[ "$(stat -f -c %b "$FOLDER")" = "$before" ] || changed "grew the file system to $SIZE_GB GB"

is_mounted() {
  local source
  source=$(findmnt -no SOURCE --mountpoint "$FOLDER" | tail -n 1)
  [ -n "$source" ] || return 1
  [ "$(blkid -p -o value -s UUID "$source" 2>/dev/null)" = "$UUID" ] ||
    { echo "$FOLDER is the mount point of $source, not of the volume" && return 1; }
  grep -Eq "^UUID=${UUID}[[:space:]]+${FOLDER}[[:space:]]" /etc/fstab ||
    { echo "/etc/fstab does not mount the volume at $FOLDER" && return 1; }
}
holds "$FOLDER is not mounted" is_mounted FOLDER UUID
