# Installs the packages, programs and systemd units of a Galera member, which will listen on ADDRESS. It
# starts no database.
#
# Values: ADDRESS  OVERLAY_UNIT (systemd unit that ADDRESS needs)  START_PROGRAM, HEALTH_PROGRAM and WATCH_PROGRAM
#   (texts of member/start.py, health.py and watch.py)
# Effect of START_PROGRAM HEALTH_PROGRAM WATCH_PROGRAM: the database's health services restart, about 1 s
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

install_unstarted mariadb.service mariadb-server mariadb-backup galera-4 socat openssl python3-minimal

# leave.sh moved the database away that the packages created. If the folder is a mount point, it is empty but exists.
data=/var/lib/mysql unfinished=/var/lib/mysql/.unfinished
content=""
if [ -e "$data" ]; then
  # a running server removes files meanwhile
  content=$(find "$data" -ignore_readdir_race -mindepth 1 -maxdepth 1 ! -name lost+found -print -quit) ||
    fail "can't read $data: it was not changed"
fi
if [ -e "$unfinished" ] || [ -z "$content" ]; then
  rm -rf "$data-new"
  quietly "creating an empty database" mariadb-install-db --user=mysql --datadir="$data-new" --skip-test-db
  if [ -e "$data" ]; then
    touch "$unfinished"
    cp -a "$data-new/." "$data"
    rm -r "$data-new" "$unfinished"
  else
    mv "$data-new" "$data"
  fi
  changed "created an empty database"
fi

# The package lets everyone in to look whether a file is there, mariadb-install-db nobody. The health service looks.
chmod a+x "$data"

id -u galera-health >/dev/null 2>&1 ||
  quietly "creating the user galera-health" useradd --system --user-group --no-create-home --home-dir /nonexistent \
    --shell /usr/sbin/nologin galera-health

write_file /usr/local/lib/galera-member/start.py 0644 root <<<"$START_PROGRAM"
write_file /usr/local/lib/galera-member/health.py 0644 root <<<"$HEALTH_PROGRAM"
write_file /usr/local/lib/galera-member/watch.py 0644 root <<<"$WATCH_PROGRAM"

# Restart a member that gave up waiting for the others after an outage; the package's unit does not. Every version's
# unit starts a new cluster if $_WSREP_NEW_CLUSTER is set. Some read it from systemd's environment (Ubuntu 22.04 and
# 24.04), some from a file (Debian 12, 13 and newer). Our own environment file works with all of them.
write_file /etc/systemd/system/mariadb.service.d/tailnet-k3s.conf 0644 root <<UNIT
[Unit]
ConditionPathExists=/etc/mysql/mariadb.conf.d/60-galera.cnf
After=$OVERLAY_UNIT
StartLimitIntervalSec=0
[Service]
EnvironmentFile=-/etc/default/galera-member
EnvironmentFile=-/run/galera-member/new-cluster
ExecStartPre=+/usr/bin/python3 -u /usr/local/lib/galera-member/start.py
ExecStopPost=+/bin/rm -f /run/galera-member/new-cluster
Restart=always
RestartSec=3
TimeoutStartSec=30min
UNIT

# FreeBind: the socket may start before the tailnet address exists.
write_file /etc/systemd/system/galera-health.socket 0644 root <<UNIT
[Unit]
Description=Health of this Galera member, for HAProxy and for the other members
[Socket]
ListenStream=$ADDRESS:9200
FreeBind=yes
[Install]
WantedBy=sockets.target
UNIT
write_file /etc/systemd/system/galera-health.service 0644 root <<'UNIT'
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
write_file /etc/systemd/system/galera-watch.service 0644 root <<'UNIT'
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

run_service galera-health.socket /etc/systemd/system/galera-health.socket
run_service galera-health.service /usr/local/lib/galera-member/health.py \
  /etc/systemd/system/galera-health.service /etc/systemd/system/galera-health.socket
run_service galera-watch.service /usr/local/lib/galera-member/watch.py /etc/systemd/system/galera-watch.service
wait_until 30 "the health service on $ADDRESS:9200" curl -sS -o /dev/null -m 3 "http://$ADDRESS:9200/"
