# Installs etcd's own archive and systemd units on a host that will be a member at ADDRESS. Starts no member.
#
# Values: URL  SHA256 (empty: from the publisher's list at CHECKSUM_URL, under NAME)  ADDRESS
#   OVERLAY_UNIT (systemd unit that ADDRESS needs)  UPKEEP_PROGRAM (text of upkeep.py)  SLOT (minute of its timer)
# Effect of the first run: gets the programs of etcd; no member starts yet
# Effect of ADDRESS: tells other hosts at $ADDRESS whether it has data of etcd; no member restarts
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

install_packages curl ca-certificates python3-minimal
archive=/var/lib/tailnet-k3s/$NAME unpacked=/var/lib/tailnet-k3s/etcd-unpacked
if [ -z "$SHA256" ]; then
  checksum_in "$CHECKSUM_URL" "$NAME"
  SHA256=$checksum
fi
download "$URL" "$SHA256" "$archive" 0644
rm -rf "$unpacked"
mkdir -p "$unpacked"
quietly "unpacking $NAME" tar -xzf "$archive" -C "$unpacked" --strip-components=1 --no-same-owner
for program in etcd etcdctl etcdutl; do
  file=/usr/local/bin/$program
  claim file "$file"
  cmp -s "$unpacked/$program" "$file" && continue
  chmod 0755 "$unpacked/$program"
  mv -fT "$unpacked/$program" "$file" || fail "can't replace $file" # a running etcd keeps the old one
  changed "installed $file"
done
rm -rf "$unpacked"

id -u etcd >/dev/null 2>&1 ||
  quietly "creating the user etcd" useradd --system --user-group --no-create-home --home-dir /nonexistent \
    --shell /usr/sbin/nologin etcd
mkdir -p /var/lib/etcd
chown etcd:etcd /var/lib/etcd
chmod 0700 /var/lib/etcd

# member.sh writes start.env for the first start of a member only: it has who is in the cluster then.
write_file /etc/systemd/system/etcd.service 0644 root <<UNIT
[Unit]
Description=etcd, a member of the datastore of Kubernetes
ConditionPathExists=/etc/etcd/member.env
Wants=network-online.target
After=network-online.target $OVERLAY_UNIT
StartLimitIntervalSec=0
[Service]
Type=notify
User=etcd
EnvironmentFile=/etc/etcd/member.env
EnvironmentFile=-/run/etcd-member/start.env
ExecStart=/usr/local/bin/etcd
Restart=always
RestartSec=2
TimeoutStartSec=infinity
LimitNOFILE=65536
OOMScoreAdjust=-500
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=/var/lib/etcd
ProtectHome=yes
PrivateTmp=yes
CapabilityBoundingSet=
[Install]
WantedBy=multi-user.target
UNIT

# FreeBind: the socket may start before the tailnet address exists.
write_file /etc/systemd/system/etcd-presence.socket 0644 root <<UNIT
[Unit]
Description=Tells other hosts whether this one has data of an etcd cluster
[Socket]
ListenStream=$ADDRESS:2382
FreeBind=yes
Accept=yes
[Install]
WantedBy=sockets.target
UNIT
write_file /etc/systemd/system/etcd-presence@.service 0644 root <<'UNIT'
[Unit]
Description=Tells another host whether this one has data of an etcd cluster
[Service]
User=etcd
ExecStart=/bin/sh -c 'if [ -e /var/lib/etcd/tailnet-k3s/member ]; then echo member; else echo none; fi'
StandardOutput=socket
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
CapabilityBoundingSet=
UNIT

write_file /usr/local/lib/etcd-member/upkeep.py 0644 root <<<"$UPKEEP_PROGRAM"
write_file /etc/systemd/system/etcd-upkeep.service 0644 root <<'UNIT'
[Unit]
Description=Gives free space of this etcd member back
[Service]
Type=oneshot
User=etcd
ExecStart=/usr/bin/python3 /usr/local/lib/etcd-member/upkeep.py
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
CapabilityBoundingSet=
UNIT
# Every member has another minute, and the leader waits for the second hour: a member that does it answers nobody
# meanwhile.
write_file /etc/systemd/system/etcd-upkeep.timer 0644 root <<UNIT
[Unit]
Description=Gives free space of this etcd member back, at night
[Timer]
OnCalendar=*-*-* 02,03:$SLOT:00 UTC
[Install]
WantedBy=timers.target
UNIT

run_service etcd-presence.socket /etc/systemd/system/etcd-presence.socket
run_service etcd-upkeep.timer /etc/systemd/system/etcd-upkeep.timer
