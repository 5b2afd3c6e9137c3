# Admits an existing machine to the tailnet, in the same run as join.sh, which follows. A machine that is a device of
# this tailnet already keeps that device, under the program's name for it. Any other machine gets the key to join with.
# Values: STATE_FOLDER (notes for leave.sh), AUTH_KEY_FILE, HOSTNAME, CONTROL_SERVER (empty: Tailscale's own)
# Secrets: AUTH_KEY
# shellcheck shell=bash disable=SC2154

mkdir -p "$STATE_FOLDER"
wanted=${CONTROL_SERVER:-https://controlplane.tailscale.com}
if command -v tailscale >/dev/null && tailscale ip -4 >/dev/null 2>&1 && tailscale status >/dev/null 2>&1; then
  command -v python3 >/dev/null || install_packages python3
  preferences=$(tailscale debug prefs)
  control=$(json_value ControlURL <<<"$preferences")
  [ "${control%/}" = "${wanted%/}" ] ||
    fail "it is in a tailnet of ${control:-another server} already: log out of that first (tailscale logout)"
  status=$(tailscale status --json --peers=false)
  tags=$(json_value Self Tags <<<"$status")
  grep -qx tag:cluster <<<"$tags" ||
    fail "it is in the tailnet already, without the tag of hosts:" \
      "give it tag:cluster there, or log it out (tailscale logout)"
  name=$(json_value Hostname <<<"$preferences")
  if [ ! -e "$STATE_FOLDER/joined" ] && [ ! -e "$STATE_FOLDER/name-before" ]; then
    write_file "$STATE_FOLDER/name-before" 0644 root <<<"$name"
  fi
  if [ "$name" != "$HOSTNAME" ]; then
    quietly "renaming the device" tailscale set --hostname="$HOSTNAME"
    changed "renamed the device in the tailnet to $HOSTNAME"
  fi
else
  (umask 077 && printf %s "$AUTH_KEY" >"$AUTH_KEY_FILE")
  touch "$STATE_FOLDER/joined"
fi
