# Makes a machine that is there already ready to be a host: checks that it can be, makes the user USER with the program's
# key, trusts CERTIFICATES. Then join_tailnet.sh goes on, in the same run. What the machine has else stays as it is.
# Values: USER, AUTHORIZED_KEY, CERTIFICATES (PEM, may be empty), ARCHITECTURE, NODE (yes: it will be in the cluster), MARKS
#   (folder to note in what was there before), and those of join_tailnet.sh: AUTH_KEY_FILE, HOSTNAME, CONTROL_SERVER
# Secrets: AUTH_KEY
# shellcheck shell=bash disable=SC2154

# shellcheck disable=SC1091
kind=$(. /etc/os-release && echo "$ID ${ID_LIKE:-}")
case " $kind " in
  *" debian "* | *" ubuntu "* | *" raspbian "*) ;;
  *) fail "this is $kind; hosts are Debian, Ubuntu or Raspberry Pi OS" ;;
esac
[ -d /run/systemd/system ] || fail "systemd doesn't run here, and services need it"
own=$(dpkg --print-architecture)
[ "$own" = "$ARCHITECTURE" ] ||
  fail "its packages are for $own, not $ARCHITECTURE: set hosts.$HOST.architecture, or install a 64-bit system"

# Raspberry Pi OS starts its kernel without.
has_memory_cgroup() {
  grep -qw memory /sys/fs/cgroup/cgroup.controllers 2>/dev/null || awk '$1 == "memory" && $4 == 1 { found = 1 } END { exit !found }' /proc/cgroups
}
if [ "$NODE" = yes ] && ! has_memory_cgroup; then
  line=/boot/firmware/cmdline.txt
  [ -e "$line" ] || line=/boot/cmdline.txt
  fail "its kernel counts no memory, which Kubernetes needs: append cgroup_enable=memory cgroup_memory=1 to the one line of $line, then reboot"
fi

# The user's entry says whose it is, so that nobody else's is taken, or removed later.
if ! entry=$(getent passwd "$USER"); then
  command -v sudo >/dev/null || install_packages sudo
  quietly "making the user $USER" useradd --create-home --no-user-group --gid users --shell /bin/bash --comment tailnet-k3s "$USER"
  entry=$(getent passwd "$USER")
  changed "made the user $USER"
fi
IFS=: read -r _ _ _ _ comment home _ <<<"$entry"
[ "$comment" = tailnet-k3s ] || fail "it has a user $USER already, which this program needs for itself: rename that user"
write_file "$home/.ssh/authorized_keys" 0600 "$USER" <<<"$AUTHORIZED_KEY" || true
chown "$USER:" "$home/.ssh"
chmod 0700 "$home/.ssh"
write_file /etc/sudoers.d/tailnet-k3s 0440 root <<<"$USER ALL=(ALL) NOPASSWD:ALL" || true

trusted=/usr/local/share/ca-certificates/tailnet-k3s.crt
if [ -n "$CERTIFICATES" ]; then
  install_packages ca-certificates
  if write_file "$trusted" 0644 root <<<"$CERTIFICATES"; then quietly "trusting certificates" update-ca-certificates; fi
elif [ -e "$trusted" ]; then
  remove_file "$trusted"
  quietly "trusting certificates" update-ca-certificates --fresh
fi

# A machine that is in this tailnet already stays the device that it is, under the name that the program looks for.
mkdir -p "$MARKS"
wanted=${CONTROL_SERVER:-https://controlplane.tailscale.com}
if command -v tailscale >/dev/null && tailscale ip -4 >/dev/null 2>&1 && tailscale status >/dev/null 2>&1; then
  control=$(tailscale debug prefs | sed -nE 's/^[[:space:]]*"ControlURL": "([^"]*)".*/\1/p')
  [ "${control%/}" = "${wanted%/}" ] || fail "it is in a tailnet of ${control:-another server} already: log out of that first (tailscale logout)"
  tailscale status --json --peers=false | grep -q '"tag:cluster"' ||
    fail "it is in a tailnet already, without the tag that hosts have: give it the tag tag:cluster there, or log it out (tailscale logout)"
  if [ ! -e "$MARKS/joined" ] && [ ! -e "$MARKS/name-before" ]; then
    tailscale debug prefs | sed -nE 's/^[[:space:]]*"Hostname": "([^"]*)".*/\1/p' >"$MARKS/name-before"
  fi
  now=$(tailscale debug prefs | sed -nE 's/^[[:space:]]*"Hostname": "([^"]*)".*/\1/p')
  if [ "$now" != "$HOSTNAME" ]; then
    quietly "renaming the device" tailscale set --hostname="$HOSTNAME"
    changed "is $HOSTNAME in the tailnet now"
  fi
else
  (umask 077 && printf %s "$AUTH_KEY" >"$AUTH_KEY_FILE")
  touch "$MARKS/joined"
fi
