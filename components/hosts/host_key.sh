# Gives this machine its own SSH host key, which comes through stdin, in place of the one in its user data. Idempotent.
# It comes before the verbs, so it uses none of them. $0 is the host, $1 the step.
# Effect of the first run: shows an SSH host key of its own from now on; open connections stay
# shellcheck shell=bash

set -euo pipefail
host=$0 step=$1 file=/etc/ssh/ssh_host_ed25519_key
umask 077

fail() {
  rm -f "$file.new"
  echo "$host $step: $1" >&2
  exit 1
}
# install_key FILE: makes it the host's key, by one rename.
install_key() { sync "$1" && rm -f "$file.pub" && mv -f "$1" "$file"; }
# show_key: writes the public half of the host's key, and lets sshd read the key.
show_key() {
  (umask 022 && ssh-keygen -y -P "" -f "$file" >"$file.pub") || return 1
  for unit in ssh.service sshd.service; do
    if systemctl is-active --quiet "$unit"; then systemctl reload "$unit" && return; fi
  done
}
# shows KEY: succeeds as soon as sshd shows this public key.
shows() {
  local end=$((SECONDS + 20)) seen
  until seen=$(ssh-keyscan -T 5 -t ed25519 127.0.0.1 2>/dev/null) && [[ $seen == *" $1" ]]; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.2
  done
}

cat >"$file.new" || fail "can not write $file.new. Is the disk full or read-only?"
public=$(ssh-keygen -y -P "" -f "$file.new" 2>/dev/null) || fail "the host key did not arrive: run up again"
read -r kind key _ <<<"$public"
if ! cmp -s "$file.new" "$file"; then
  cp -p "$file" "$file.before" || fail "can not write $file.before. Is the disk full or read-only?"
  install_key "$file.new" || fail "can not replace $file. Is the disk full or read-only?"
fi
show_key || true # `shows` tells whether it worked
if ! shows "$kind $key"; then
  if [ -e "$file.before" ] && install_key "$file.before"; then show_key || true; fi
  fail "sshd does not show the new host key within 20 s. The former key stays. See journalctl -u ssh"
fi
rm -f "$file.new" "$file.before"
