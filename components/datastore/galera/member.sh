# Makes this host a member of the Galera cluster, and waits until it is Synced. The steps of members run one after
# another, so a changed setting restarts one member at a time. member/start.py decides whether a member joins or starts
# a cluster.
#
# mariadbd reads 62-galera-kine.cnf when it starts. While it runs, it is told what changed: that needs no restart.
#
# Values: MEMBER (its name)  ADDRESS  MEMBERS (NAME=ADDRESS,… in the order of the settings)  SETTINGS and MEMBERSHIP
#   (texts of two files; a change of SETTINGS restarts mariadbd, which reads MEMBERSHIP only when it joins); further
#   values, secrets, TLS, TRANSFER: see group.sh
# Effect of the first run: becomes a member of the database
# Effect of SETTINGS: MariaDB restarts, 5 to 15 s, one member after another; others take the writes
# Effect of MEMBERS MEMBERSHIP: the database member knows other members from now on; nothing restarts
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py, prelude.sh and group.sh

settings=/etc/mysql/mariadb.conf.d/60-galera.cnf
write_certificates mysql

takes_both=no
if takes_plain "$settings"; then takes_both=yes; fi
if [ -e "$TRANSFER" ]; then
  encrypt_transfers
elif ! is_synced >/dev/null; then
  copies=$(copies_of_others)
  case $copies-$takes_both in
    encrypted-* | -no) encrypt_transfers ;;
    plain-*) takes_both=yes ;;
  esac
fi
write_file /etc/mysql/mariadb.conf.d/61-galera-members.cnf 0644 root <<<"$MEMBERSHIP"
write_file /etc/default/galera-member 0644 root <<<"MEMBER=$MEMBER
MEMBERS=$MEMBERS"
# Newer servers have this ON. Then kine's compaction fails whenever somebody writes, and its table grows for ever
# (kine#721). Older servers do not know it: hence "loose".
write_file /etc/mysql/mariadb.conf.d/62-galera-kine.cnf 0644 root <<'END'
[galera]
loose_innodb_snapshot_isolation = OFF
END
[ "$takes_both" = no ] || SETTINGS=${SETTINGS/gmcast.listen_addr=/socket.dynamic=true;gmcast.listen_addr=}
write_file "$settings" 0644 root <<<"$SETTINGS"
[ "$takes_both" = no ] || disclaim file "$settings" # only_tls.sh writes it

run_service mariadb.service "$settings"
wait_until 900 "this member to be Synced" is_synced

# A renewed certificate is taken over without a restart.
shows_its_certificate() {
  [ "$(speak_tls "$ADDRESS" | openssl x509 -noout -fingerprint)" = \
    "$(openssl x509 -noout -fingerprint -in "$TLS/certificate.pem")" ]
}
if ! shows_its_certificate; then
  mariadb -e "SET GLOBAL wsrep_provider_options = 'socket.ssl_reload=1'"
  wait_until 30 "this member to show its renewed certificate" shows_its_certificate
  changed "took over a renewed certificate"
fi

snapshot_isolation() { mariadb -N -e "SHOW GLOBAL VARIABLES LIKE 'innodb_snapshot_isolation'" | cut -f 2; }
# end_sessions ID: ends kine's idle sessions that are older than this one. kine opens others without an error.
end_sessions() {
  local older="information_schema.PROCESSLIST AS one WHERE USER = 'k3s' AND ID < $1"
  mariadb -N -e "SELECT CONCAT('KILL ', ID, ';') FROM $older AND COMMAND = 'Sleep' AND NOT EXISTS
    (SELECT * FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id = one.ID)" |
    mariadb --force 2>/dev/null || true
  [ "$(mariadb -N -e "SELECT COUNT(*) FROM $older")" = 0 ] || { echo "some are at work" && return 1; }
}
# A session keeps the value that it began with. The note is for a run that was interrupted.
note=/run/galera-member/sessions-to-end
isolation=$(snapshot_isolation) || fail "MariaDB does not tell its innodb_snapshot_isolation"
if [ "$isolation" = ON ] || [ -e "$note" ]; then
  touch "$note"
  session=$(mariadb -N -e "SET GLOBAL innodb_snapshot_isolation = OFF; SELECT CONNECTION_ID()")
  wait_until 60 "kine's older sessions to end" end_sessions "$session"
  rm -f "$note"
  changed "switched innodb_snapshot_isolation off"
fi

# The member that started the cluster creates these accounts. The others get them by replication.
accounts=$(mariadb -N <<'SQL'
SELECT COUNT(*) FROM mysql.global_priv WHERE User IN ('mysql', 'galera-health') AND Host = 'localhost';
SQL
)
if [ "$accounts" != 2 ]; then
  mariadb <<'SQL'
CREATE USER IF NOT EXISTS mysql@localhost IDENTIFIED VIA unix_socket;
GRANT RELOAD, PROCESS, LOCK TABLES, BINLOG MONITOR, REPLICA MONITOR ON *.* TO mysql@localhost;
CREATE USER IF NOT EXISTS `galera-health`@localhost IDENTIFIED VIA unix_socket;
SQL
  changed "created the accounts for joining members and for the health service"
fi
wait_until 30 "the health service to report this member as Synced" curl -fsS -o /dev/null -m 3 "http://$ADDRESS:9200/"

# A member that lost the others for a moment comes back by itself within seconds. The look gives a condition 12 s.
member_is_synced() {
  local seen end=$((SECONDS + 8))
  until
    seen=$(mariadb -N --connect-timeout=2 -e "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS
      WHERE VARIABLE_NAME = 'wsrep_local_state_comment'" 2>&1) || seen="no answer to root: ${seen:0:80}"
    [ "$seen" = Synced ]
  do
    systemctl is-active -q mariadb.service || return 0 # the look reports the unit
    [ "$SECONDS" -lt "$end" ] || { echo "the database member is not Synced: $seen" && return 1; }
    sleep 1
  done
}
holds "the database member is not Synced" member_is_synced
