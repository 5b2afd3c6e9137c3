# Makes this host a device of the tailnet, named HOSTNAME, by the key in AUTH_KEY_FILE. Runs again at any time.
# Values: URL, SHA256 (may be empty), CHECKSUM_URL, NAME (Tailscale's archive), HOSTNAME, AUTH_KEY_FILE,
#   CONTROL_SERVER (empty: Tailscale's own), OPTIONS (of tailscaled)
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

joined() { tailscale ip -4 && tailscale status >/dev/null; }

# The key goes from a file of root's into tailscale: a command line could be read by everyone on the host.
join() {
  tailscale up --auth-key="file:$AUTH_KEY_FILE" --hostname="$HOSTNAME" --timeout=30s \
    --login-server="${CONTROL_SERVER:-https://controlplane.tailscale.com}" --accept-dns=false --accept-routes=false
}

# Tailscale that came with the machine, or by its packages, stays as it is, of whatever version.
came_with_the_machine() { [ -x /usr/sbin/tailscaled ] && ! compgen -G "/var/lib/tailnet-k3s/tailscale_*.tgz" >/dev/null; }

install_tailscale() {
  local archive=/var/lib/tailnet-k3s/$NAME checksum=$SHA256 unpacked
  command -v curl >/dev/null || install_packages curl ca-certificates
  mkdir -p "${archive%/*}"
  if [ -z "$checksum" ]; then
    fetch "$CHECKSUM_URL" "$archive.sha256"
    read -r checksum _ <"$archive.sha256" || true # the publisher's file has no newline at its end
    [[ $checksum =~ ^[0-9a-f]{64}$ ]] || fail "$CHECKSUM_URL is not a checksum"
  fi
  if download "$URL" "$checksum" "$archive" 0644 || [ ! -x /usr/sbin/tailscaled ]; then
    unpacked=$(mktemp -d)
    quietly "unpacking $NAME" tar -xzf "$archive" -C "$unpacked" --strip-components=1
    install -m 0755 "$unpacked/tailscale" /usr/bin/tailscale
    install -m 0755 "$unpacked/tailscaled" /usr/sbin/tailscaled
    install -D -m 0644 "$unpacked/systemd/tailscaled.service" /etc/systemd/system/tailscaled.service
    rm -rf "$unpacked"
    reload_units
    changed "installed tailscale"
  fi
  write_file /etc/default/tailscaled 0644 root <<END || true
# Written by tailnet-k3s. The port is the one that the cloud's firewall lets in.
PORT="41641"
FLAGS="$OPTIONS"
END
}

if ! came_with_the_machine; then install_tailscale; fi
run_service tailscaled /etc/default/tailscaled /usr/sbin/tailscaled || true
wait_until 60 "tailscaled to run" is_running tailscaled.service

if [ -e "$AUTH_KEY_FILE" ]; then
  joined >/dev/null 2>&1 || wait_until 300 "the control server to let this host in" join
  rm -f "$AUTH_KEY_FILE"
  changed "joined the tailnet as $HOSTNAME"
fi
wait_until 60 "an address in the tailnet" joined
