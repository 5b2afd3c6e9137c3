# This host is no member any more: the others go on without it. Its copy of the data is put aside and stays, for a
# cluster made later must not begin with what another one has written.
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

stop_service galera-watch.service
stop_service mariadb.service
stop_service galera-health.service
stop_service galera-health.socket
remove_file /etc/mysql/mariadb.conf.d/60-galera.cnf /etc/mysql/mariadb.conf.d/61-galera-members.cnf \
  /etc/default/galera-member /run/galera-member/position

if [ -e /var/lib/mysql ]; then
  aside=/var/lib/mysql-left-$(date -u +%Y%m%dT%H%M%SZ)
  mv /var/lib/mysql "$aside" || fail "can't put /var/lib/mysql aside"
  changed "put the data aside as $aside"
fi
