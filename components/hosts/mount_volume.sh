# Puts the host's volume at FOLDER, now and at every start: gives it a file system if there is nothing at all on it, and
# lets that grow with the volume. What is on it already is used as it is, and never formatted.
# Values: DEVICES (paths that the cloud may show it at, with spaces between), FOLDER, SIZE_GB
# shellcheck shell=bash disable=SC2154

command -v mkfs.ext4 >/dev/null || install_packages e2fsprogs

bytes_of() { blockdev --getsize64 "$1" 2>/dev/null || echo 0; }
whats_on() { wipefs --noheadings --output TYPE "$1" | sort -u | paste -sd ' '; }

# Where the cloud says that it is; else, on images that don't have its names, the one disk that can be nothing else.
find_volume() {
  local path found=()
  for path in $DEVICES; do
    if [ -b "$path" ]; then
      readlink -f "$path"
      return
    fi
  done
  udevadm settle --timeout=10 >/dev/null 2>&1 || true
  while read -r path; do
    if [ -b "$path" ] && [ "$(bytes_of "$path")" = $((SIZE_GB << 30)) ] && is_unused "$path" && is_ours "$path"; then
      found+=("$path")
    fi
  done < <(lsblk -dnpo NAME)
  if [ "${#found[@]}" != 1 ]; then
    echo "none of $DEVICES, and ${#found[@]} disks of $SIZE_GB GiB that are empty or this program's: ${found[*]:-attach it}"
    return 1
  fi
  echo "${found[0]}"
}

# Neither mounted nor swapped to, without partitions, and no part of anything larger.
is_unused() { [ -z "$(lsblk -no MOUNTPOINTS "$1" | tr -d '[:space:]')" ] && [ "$(lsblk -no NAME "$1" | wc -l)" = 1 ]; }

# As it was formatted below, or as clouds make volumes: what has other data on it need not say of which kind.
is_ours() {
  case $(whats_on "$1") in
    ext4) [ "$(blkid -p -o value -s LABEL "$1")" = tailnet-k3s ] ;;
    "") cmp -s -n $((4 << 20)) "$1" /dev/zero ;;
    *) return 1 ;;
  esac
}

# It is there already, wherever the system shows it today.
mounted() { findmnt -no SOURCE --mountpoint "$FOLDER"; }

if ! device=$(mounted); then
  wait_until 120 "the volume to be attached" find_volume
  device=$(find_volume)
  if [ -z "$(whats_on "$device")" ]; then
    quietly "formatting $device" mkfs.ext4 -q -m 1 -L tailnet-k3s "$device"
    changed "formatted $device, which had nothing on it"
  fi
  kind=$(blkid -p -o value -s TYPE "$device") || true
  case $kind in
    ext4 | xfs) ;;
    *) fail "$device has $(whats_on "$device") on it, which is no file system of this program's: it was left alone" ;;
  esac
  uuid=$(blkid -p -o value -s UUID "$device")
  # A host starts without its volume, too: then it can be looked at, and what needs the volume waits for it.
  if { awk -v folder="$FOLDER" '$2 != folder' /etc/fstab 2>/dev/null || true
    echo "UUID=$uuid $FOLDER $kind defaults,nofail,x-systemd.device-timeout=60s 0 2"
  } | write_file /etc/fstab 0644 root; then reload_units; fi
  mkdir -p "$FOLDER"
  quietly "mounting $device at $FOLDER" mount "$FOLDER"
  device=$(mounted) || fail "$FOLDER was mounted and is not there: what else takes it away?"
  changed "mounted $device at $FOLDER"
fi

# A volume that has grown is noticed when the kernel looks again; not all kinds of disk have that file.
rescan=/sys/class/block/${device##*/}/device/rescan
if [ -w "$rescan" ]; then echo 1 >"$rescan" || true; fi
before=$(stat -f -c %b "$FOLDER")
case $(findmnt -no FSTYPE --mountpoint "$FOLDER") in
  ext4) quietly "growing the file system of $device" resize2fs "$device" ;;
  xfs) quietly "growing the file system of $device" xfs_growfs "$FOLDER" ;;
esac
[ "$(stat -f -c %b "$FOLDER")" = "$before" ] || changed "let the file system grow to $SIZE_GB GB"
