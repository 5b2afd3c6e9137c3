# Makes this host the arbitrator of the Galera cluster: a vote, so that two members can lose one; no data.
#
# Values: SETTINGS (the text of garbd's settings)
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

install_packages galera-arbitrator-4

write_file /etc/default/garb 0644 root <<<"$SETTINGS" || true
# garbd ends when it finds nobody, and Debian's unit leaves it at that.
if write_file /etc/systemd/system/garb.service.d/tailnet-k3s.conf 0644 root <<'UNIT'; then reload_units; fi
[Unit]
After=tailscaled.service
StartLimitIntervalSec=0
[Service]
StateDirectory=garbd
Restart=always
RestartSec=3
UNIT

is_connected() {
  local seen
  seen=$(journalctl -q -u garb.service -o cat _SYSTEMD_INVOCATION_ID="$(systemctl show -p InvocationID --value garb.service)")
  grep -q 'Shifting .* -> SYNCED' <<<"$seen" || { tail -n 1 <<<"$seen" && return 1; }
}

if run_service garb.service /etc/default/garb; then sleep 1; fi
wait_until 120 "the arbitrator to be in the cluster" is_connected
