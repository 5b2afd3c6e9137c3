# A verb of the two scripts that mount and unmount a volume.
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

# write_fstab FOLDER [LINE]: sets the line of a folder in /etc/fstab, or removes it. All other lines stay.
write_fstab() {
  local folder=$1 others="" before=$changes
  shift
  if [ -e /etc/fstab ]; then
    others=$(awk -v folder="$folder" '$2 != folder' /etc/fstab) || fail "can't read /etc/fstab, so it was not changed"
  fi
  write_file /etc/fstab 0644 root <<<"${others:+$others${1:+$'\n'}}${1:-}"
  disclaim file /etc/fstab # others may add lines
  [ "$changes" = "$before" ] || systemctl daemon-reload
}
