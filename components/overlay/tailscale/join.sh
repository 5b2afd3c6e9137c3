# Joins this host to the tailnet as HOSTNAME, with the auth key in AUTH_KEY_FILE. Idempotent. Runs after install.sh.
# Values: those of install.sh, HOSTNAME, AUTH_KEY_FILE, CONTROL_SERVER (empty: Tailscale's own), OPTIONS (of
#   tailscaled), PORT (UDP)
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

is_in_the_tailnet() { tailscale ip -4 >/dev/null && tailscale status >/dev/null; }

# tailscale reads the key from root's file. On a command line, every user of the host could read it.
join() {
  tailscale up --auth-key="file:$AUTH_KEY_FILE" --hostname="$HOSTNAME" --timeout=30s \
    --login-server="${CONTROL_SERVER:-https://controlplane.tailscale.com}" --accept-dns=false --accept-routes=false
}

# update.sh brings another version, on one host after another.
install_tailscale() {
  local unpacked=/var/lib/tailnet-k3s/tailscale-new
  if [ ! -x /usr/sbin/tailscaled ]; then
    unpack_tailscale "$unpacked"
    install -D -m 0644 "$unpacked/systemd/tailscaled.service" /etc/systemd/system/tailscaled.service
    install -m 0755 "$unpacked/tailscale" /usr/bin/tailscale
    install -m 0755 "$unpacked/tailscaled" /usr/sbin/tailscaled.new
    mv /usr/sbin/tailscaled.new /usr/sbin/tailscaled
    rm -rf "$unpacked"
    changed "installed tailscale"
  fi
  # A changed comment in this file would restart tailscaled on existing machines.
  write_file /etc/default/tailscaled 0644 root <<END
# Written by tailnet-k3s. The port is the one that the cloud's firewall lets in.
PORT="$PORT"
FLAGS="$OPTIONS"
END
}

if ! has_own_tailscale; then install_tailscale; fi
run_service tailscaled /etc/default/tailscaled /usr/sbin/tailscaled
wait_until 60 "tailscaled to run" is_running tailscaled.service

if [ -e "$AUTH_KEY_FILE" ]; then
  is_in_the_tailnet 2>/dev/null || wait_until 300 "the control server to admit this host" join
  rm -f "$AUTH_KEY_FILE"
  changed "joined the tailnet as $HOSTNAME"
fi
wait_until 60 "an address in the tailnet" is_in_the_tailnet
holds "it is logged out of the tailnet" is_in_the_tailnet
