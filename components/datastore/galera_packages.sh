# Installs what a member of the Galera cluster is made of, on a host that is to listen on ADDRESS; starts no database.
#
# Values: ADDRESS  START_PROGRAM, HEALTH_PROGRAM and WATCH_PROGRAM (the text of member/start.py, health.py and watch.py)
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

install_packages mariadb-server mariadb-backup galera-4 socat python3-minimal

# galera_leave.sh has put aside what the packages made when they were installed.
if [ ! -e /var/lib/mysql ]; then
  rm -rf /var/lib/mysql-new
  quietly "making an empty database" mariadb-install-db --user=mysql --datadir=/var/lib/mysql-new --skip-test-db
  mv /var/lib/mysql-new /var/lib/mysql
  changed "made an empty database"
fi

id -u galera-health >/dev/null 2>&1 ||
  quietly "making the user galera-health" useradd --system --user-group --no-create-home --home-dir /nonexistent \
    --shell /usr/sbin/nologin galera-health

units=no
write_file /usr/local/lib/galera-member/start.py 0644 root <<<"$START_PROGRAM" || true
write_file /usr/local/lib/galera-member/health.py 0644 root <<<"$HEALTH_PROGRAM" || true
write_file /usr/local/lib/galera-member/watch.py 0644 root <<<"$WATCH_PROGRAM" || true

# Debian's unit doesn't restart a member that gave up waiting for the others after an outage.
write_file /etc/systemd/system/mariadb.service.d/tailnet-k3s.conf 0644 root <<'UNIT' && units=yes
[Unit]
ConditionPathExists=/etc/mysql/mariadb.conf.d/60-galera.cnf
After=tailscaled.service
StartLimitIntervalSec=0
[Service]
EnvironmentFile=-/etc/default/galera-member
ExecStartPre=+/usr/bin/python3 -u /usr/local/lib/galera-member/start.py
Restart=always
RestartSec=3
TimeoutStartSec=30min
UNIT

# The socket may be there before the address is.
write_file /etc/systemd/system/galera-health.socket 0644 root <<UNIT && units=yes
[Unit]
Description=Health of this Galera member, for HAProxy and for the other members
[Socket]
ListenStream=$ADDRESS:9200
FreeBind=yes
[Install]
WantedBy=sockets.target
UNIT
write_file /etc/systemd/system/galera-health.service 0644 root <<'UNIT' && units=yes
[Unit]
Description=Health of this Galera member
Requires=galera-health.socket
StartLimitIntervalSec=0
[Service]
User=galera-health
ExecStart=/usr/bin/python3 /usr/local/lib/galera-member/health.py
Restart=always
RestartSec=1
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
CapabilityBoundingSet=
[Install]
WantedBy=multi-user.target
UNIT
write_file /etc/systemd/system/galera-watch.service 0644 root <<'UNIT' && units=yes
[Unit]
Description=Brings this Galera member back when it has left the cluster
After=mariadb.service
[Service]
ExecStart=/usr/bin/python3 /usr/local/lib/galera-member/watch.py
Restart=always
RestartSec=5
[Install]
WantedBy=multi-user.target
UNIT
[ "$units" = no ] || reload_units

run_service galera-health.socket /etc/systemd/system/galera-health.socket || true
run_service galera-health.service /usr/local/lib/galera-member/health.py \
  /etc/systemd/system/galera-health.service /etc/systemd/system/galera-health.socket || true
run_service galera-watch.service /usr/local/lib/galera-member/watch.py /etc/systemd/system/galera-watch.service || true
wait_until 30 "the health service on $ADDRESS:9200" curl -sS -o /dev/null -m 3 "http://$ADDRESS:9200/"
