# Prepares an existing machine as a host: checks the system, creates the user USER with the program's key, and trusts
# CERTIFICATES. The overlay's scripts follow in the same run. Nothing else on the machine changes.
# Values: USER, AUTHORIZED_KEY, CERTIFICATES (PEM, may be empty), ARCHITECTURE, NODE (yes: it will be in the cluster),
#   STATE_FOLDER (the program's own folder), OVERLAY_UNIT (systemd unit)
# Effect of the first run: joins the tailnet; the program's user is created
# Effect of CERTIFICATES: the service of the tailnet restarts, 5 to 10 s
# Effect of AUTHORIZED_KEY: the program logs in with another key
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

# Raspberry Pi OS starts its kernel without the memory cgroup.
has_memory_cgroup() {
  grep -qw memory /sys/fs/cgroup/cgroup.controllers 2>/dev/null ||
    awk '$1 == "memory" && $4 == 1 { found = 1 } END { exit !found }' /proc/cgroups
}
if [ "$NODE" = yes ] && ! has_memory_cgroup; then
  line=/boot/firmware/cmdline.txt
  [ -e "$line" ] || line=/boot/cmdline.txt
  options="cgroup_enable=memory cgroup_memory=1"
  fail "its kernel has no memory cgroup, which Kubernetes needs: append $options to the one line of $line, then reboot"
fi

# The comment in the user's entry marks it as the program's. Any other user of that name is not changed or removed.
if ! entry=$(getent passwd "$USER"); then
  command -v sudo >/dev/null || install_packages sudo
  quietly "creating the user $USER" useradd --create-home --no-user-group --gid users --shell /bin/bash \
    --comment tailnet-k3s "$USER"
  entry=$(getent passwd "$USER")
  changed "created the user $USER"
fi
IFS=: read -r _ _ _ _ comment home _ <<<"$entry"
[ "$comment" = tailnet-k3s ] ||
  fail "it has a user $USER already, which this program needs for itself: rename that user"
write_file "$home/.ssh/authorized_keys" 0600 "$USER" <<<"$AUTHORIZED_KEY"
chown "$USER:" "$home/.ssh"
chmod 0700 "$home/.ssh"
write_file /etc/sudoers.d/tailnet-k3s 0440 root <<<"$USER ALL=(ALL) NOPASSWD:ALL"

trust_certificates "$CERTIFICATES"
