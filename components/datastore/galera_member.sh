# Makes this host a member of the Galera cluster, and waits until it is Synced. Steps of members run one after another:
# a changed setting restarts one at a time. Whether a member joins or starts the cluster is decided by member/start.py.
#
# Values: MEMBER (its name)  ADDRESS  MEMBERS (NAME=ADDRESS,… in the order of the settings)  SETTINGS and MEMBERSHIP (the text of
# two files: what mariadbd is restarted for, and what it only reads when it joins)
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

# One line: this member's state, or why there is none.
state() {
  mariadb -N -e "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS
    WHERE VARIABLE_NAME = 'wsrep_local_state_comment'" 2>/dev/null || unit_trouble mariadb.service
}
is_synced() {
  local now
  now=$(state)
  [ "$now" = Synced ] || { printf '%s\n' "$now" && return 1; }
}

write_file /etc/mysql/mariadb.conf.d/61-galera-members.cnf 0644 root <<<"$MEMBERSHIP" || true
write_file /etc/default/galera-member 0644 root <<<"MEMBER=$MEMBER
MEMBERS=$MEMBERS" || true
write_file /etc/mysql/mariadb.conf.d/60-galera.cnf 0644 root <<<"$SETTINGS" || true

run_service mariadb.service /etc/mysql/mariadb.conf.d/60-galera.cnf || true
wait_until 900 "this member to be Synced" is_synced

# Written once, by the member that started the cluster; the others have them from it.
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
  changed "made the accounts for joining members and for the health service"
fi
wait_until 30 "the health service to find it Synced" curl -fsS -o /dev/null -m 3 "http://$ADDRESS:9200/"
