# Undoes enrol.sh, after the overlay's script: removes the program's user and the certificates. Data of others in
# STATE_FOLDER stays.
# Values: USER, STATE_FOLDER (the program's own folder), OVERLAY_UNIT (systemd unit)
# Effect of removal: leaves the tailnet, or gets its earlier name back; the program's user is deleted
# shellcheck shell=bash disable=SC2154

trust_certificates

remove_file /etc/sudoers.d/tailnet-k3s
if entry=$(getent passwd "$USER"); then
  IFS=: read -r _ _ _ _ comment _ <<<"$entry"
  if [ "$comment" = tailnet-k3s ]; then
    loginctl terminate-user "$USER" 2>/dev/null || true
    quietly "removing the user $USER" userdel --force --remove "$USER"
    changed "removed the user $USER"
  fi
fi
unmark "$HOST-enrol"
rmdir "$STATE_FOLDER" 2>/dev/null || true
