# Removes the Galera member from this host. Moves its copy of the data to /var/lib/mysql-left-TIME: a cluster that is
# created later must not start with data of this one.
# Effect of removal: leaves the database; its copy of the data moves to /var/lib/mysql-left-TIME
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

stop_service galera-watch.service
stop_service mariadb.service
stop_service galera-health.service
stop_service galera-health.socket
remove_file /etc/mysql/mariadb.conf.d/60-galera.cnf /etc/mysql/mariadb.conf.d/61-galera-members.cnf \
  /etc/mysql/mariadb.conf.d/62-galera-kine.cnf /etc/mysql/mariadb.conf.d/64-galera-transfer.cnf \
  /etc/galera-tls/key.pem /etc/galera-tls/certificate.pem /etc/galera-tls/authority.pem /etc/default/galera-member \
  /run/galera-member/position

data=/var/lib/mysql aside=/var/lib/mysql-left-$(date -u +%Y%m%dT%H%M%SZ)
inside() { find "$data" -mindepth 1 -maxdepth 1 ! -name lost+found "$@"; }

# A mount point can't be renamed, so this copies its content to the file system above it. The copy gets its final name
# when it is complete. An incomplete copy of an interrupted run is replaced.
empty_mount() {
  local needed free
  needed=$(du -sm "$data")
  free=$(df -m --output=avail "${data%/*}" | tail -n 1 | tr -d " ")
  [ "$free" -gt "${needed%%[[:space:]]*}" ] ||
    fail "$data is a mount point, and its ${needed%%[[:space:]]*} MB don't fit into" \
      "the $free MB that are free in ${data%/*}: make room there"
  rm -rf "$data-leaving"
  quietly "copying $data" cp -a "$data" "$data-leaving"
  mv "$data-leaving" "$aside"
  inside -exec rm -rf {} +
}

content=""
[ ! -d "$data" ] || content=$(inside -print -quit) || fail "can't read $data, so its data was not moved"
if [ -n "$content" ]; then
  if mountpoint -q "$data"; then empty_mount; else mv "$data" "$aside"; fi
  changed "moved the data to $aside"
fi
