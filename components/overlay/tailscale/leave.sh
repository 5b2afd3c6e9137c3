# Undoes admit.sh and join.sh: the machine leaves the tailnet, or gets its earlier device name back.
# Values: STATE_FOLDER (notes of admit.sh), HOSTNAME
# Effect of removal: leaves the tailnet, or gets its earlier name there back
# shellcheck shell=bash disable=SC2154

is_renamed() {
  local status name
  status=$(tailscale status --json --peers=false) && name=$(json_value Self DNSName <<<"$status") || return 1
  [[ $name != "$HOSTNAME".* ]] || { echo "it is still $name" && return 1; }
}

if [ -e "$STATE_FOLDER/joined" ]; then
  if tailscale status >/dev/null 2>&1; then
    quietly "leaving the tailnet" tailscale logout
    changed "left the tailnet"
  fi
  # Remove only a Tailscale that join.sh installed. The machine's own one stays, logged out.
  if compgen -G "$STATE_FOLDER/tailscale_*.tgz" >/dev/null; then
    stop_service tailscaled
    remove_file /usr/bin/tailscale /usr/sbin/tailscaled /etc/systemd/system/tailscaled.service /etc/default/tailscaled
    systemctl daemon-reload
    rm -rf /var/lib/tailscale
    remove_file "$STATE_FOLDER"/tailscale_*
  fi
elif [ -e "$STATE_FOLDER/name-before" ]; then
  name=$(<"$STATE_FOLDER/name-before")
  quietly "renaming the device" tailscale set --hostname="$name"
  # The next step of the delete removes the device with the program's name. This device must not have it any more.
  wait_until 60 "the control server to know the device by its earlier name" is_renamed
  changed "gave the device its earlier name back"
fi
remove_file "$STATE_FOLDER/joined" "$STATE_FOLDER/name-before"
