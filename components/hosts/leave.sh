# Undoes enrol.sh and join_tailnet.sh: the machine leaves the tailnet, or is again what it was there, and loses the program's
# user and what was installed for it. Data that others have put beneath MARKS stays.
# Values: USER, MARKS, HOSTNAME (and those of enrol.sh and join_tailnet.sh, which are not needed for this)
# shellcheck shell=bash disable=SC2154

is_renamed() { ! tailscale status --json --peers=false | grep -q "\"DNSName\": \"$HOSTNAME\\."; }

if [ -e "$MARKS/joined" ]; then
  if tailscale status >/dev/null 2>&1; then
    quietly "leaving the tailnet" tailscale logout
    changed "left the tailnet"
  fi
  # One that came with the machine stays, logged out.
  if compgen -G "$MARKS/tailscale_*.tgz" >/dev/null; then
    stop_service tailscaled
    remove_file /usr/bin/tailscale /usr/sbin/tailscaled /etc/systemd/system/tailscaled.service /etc/default/tailscaled
    reload_units
    rm -rf /var/lib/tailscale
    remove_file "$MARKS"/tailscale_*
  fi
elif [ -e "$MARKS/name-before" ]; then
  quietly "giving the device its name back" tailscale set --hostname="$(<"$MARKS/name-before")"
  # The device is deleted next, if the control server still knows it by the program's name.
  wait_until 60 "the control server to know the device by its own name" is_renamed
  changed "gave the device its name back"
fi
remove_file "$MARKS/joined" "$MARKS/name-before"

trusted=/usr/local/share/ca-certificates/tailnet-k3s.crt
if [ -e "$trusted" ]; then
  remove_file "$trusted"
  quietly "trusting certificates" update-ca-certificates --fresh
fi

remove_file /etc/sudoers.d/tailnet-k3s
if entry=$(getent passwd "$USER"); then
  IFS=: read -r _ _ _ _ comment _ <<<"$entry"
  if [ "$comment" = tailnet-k3s ]; then
    loginctl terminate-user "$USER" 2>/dev/null || true
    quietly "removing the user $USER" userdel --force --remove "$USER"
    changed "removed the user $USER"
  fi
fi
rmdir "$MARKS" 2>/dev/null || true
