# Makes this host the arbitrator of the Galera cluster. It votes but has no data, so that one of two members may fail.
#
# Values: SETTINGS (the text of garbd's settings)  OVERLAY_UNIT (systemd unit that its address needs); further values,
#   secrets, TLS: see group.sh
# Effect of the first run: becomes the database's arbitrator
# Effect of SETTINGS: the database's arbitrator restarts, about 1 s
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py, prelude.sh and group.sh

install_unstarted garb.service galera-arbitrator-4 openssl

# A user of its own, who may read its key. The package's unit has `nobody`.
id -u galera-arbitrator >/dev/null 2>&1 ||
  quietly "creating the user galera-arbitrator" useradd --system --user-group --no-create-home --home-dir /nonexistent \
    --shell /usr/sbin/nologin galera-arbitrator
write_certificates galera-arbitrator

settings=/etc/default/garb
if takes_plain "$settings" || { ! is_connected >/dev/null && [ "$(copies_of_others)" = plain ]; }; then
  SETTINGS=${SETTINGS/gmcast.listen_addr=/socket.dynamic=true;gmcast.listen_addr=}
fi
write_file "$settings" 0644 root <<<"$SETTINGS"
[[ $SETTINGS != *socket.dynamic=* ]] || disclaim file "$settings" # only_tls.sh writes it
# garbd exits when it finds no member, and Debian's unit does not restart it.
write_file /etc/systemd/system/garb.service.d/tailnet-k3s.conf 0644 root <<UNIT
[Unit]
After=$OVERLAY_UNIT
StartLimitIntervalSec=0
[Service]
User=galera-arbitrator
StateDirectory=garbd
Restart=always
RestartSec=3
UNIT

before=$changes
run_service garb.service "$settings" "$TLS/key.pem" "$TLS/certificate.pem" "$TLS/authority.pem" \
  /etc/systemd/system/garb.service.d/tailnet-k3s.conf
[ "$changes" = "$before" ] || sleep 1 # before that, is_connected would read the journal of the previous run
wait_until 120 "the arbitrator to be in the cluster" is_connected
