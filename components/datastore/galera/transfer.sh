# Encrypts copies of the data between members, once all of them have certificates. Needs no restart. A new cluster has
# that from its beginning.
#
# Values, TRANSFER, WITHOUT: see group.sh
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py, prelude.sh and group.sh

find_voters_without_tls
if [ -e "$TRANSFER" ] || [ -z "$WITHOUT" ]; then
  encrypt_transfers
else
  say "copies of the data stay without TLS, until $WITHOUT takes it"
fi

copies_are_encrypted() { [ -e /etc/mysql/mariadb.conf.d/64-galera-transfer.cnf ]; }
holds "copies of the data go without TLS, for a voter had no certificate" copies_are_encrypted
