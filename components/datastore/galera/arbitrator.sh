# Makes this host the arbitrator of the Galera cluster. It votes but has no data, so that one of two members may fail.
#
# Values: SETTINGS (the text of garbd's settings)  OVERLAY_UNIT (systemd unit that its address needs)
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

install_unstarted garb.service galera-arbitrator-4

write_file /etc/default/garb 0644 root <<<"$SETTINGS"
# garbd exits when it finds no member, and Debian's unit does not restart it.
write_file /etc/systemd/system/garb.service.d/tailnet-k3s.conf 0644 root <<UNIT
[Unit]
After=$OVERLAY_UNIT
StartLimitIntervalSec=0
[Service]
StateDirectory=garbd
Restart=always
RestartSec=3
UNIT

is_connected() {
  local log
  log=$(journalctl -q -u garb.service -o cat _SYSTEMD_INVOCATION_ID="$(systemctl show -p InvocationID --value garb.service)")
  grep -q 'Shifting .* -> SYNCED' <<<"$log" || { tail -n 1 <<<"$log" && return 1; }
}

before=$changes
run_service garb.service /etc/default/garb
[ "$changes" = "$before" ] || sleep 1 # before that, is_connected would read the journal of the previous run
wait_until 120 "the arbitrator to be in the cluster" is_connected
