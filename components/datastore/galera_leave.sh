# This host is no member any more: the others go on without it, and its copy of the data stays where it is, unused.
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

stop_service galera-watch.service
stop_service mariadb.service
stop_service galera-health.service
stop_service galera-health.socket
remove_file /etc/mysql/mariadb.conf.d/60-galera.cnf /etc/mysql/mariadb.conf.d/61-galera-members.cnf \
  /etc/default/galera-member /run/galera-member/position
