# How the voters of the Galera group, members and the arbitrator, know each other: by certificates of the stack's own
# authority. A voter takes TLS only, or no TLS (set up by an older version of this program), or both (Galera's
# socket.dynamic). It takes both only until all others have certificates, too.
#
# Values: OTHERS (addresses of all other voters, with spaces between); where certificates are written, AUTHORITY and
#   CERTIFICATE (in PEM)   Secrets: KEY (in PEM), there
# For the scripts after it: TLS (folder), TRANSFER (file), WITHOUT (see find_voters_without_tls)
# shellcheck shell=bash disable=SC2034,SC2154 # variables and verbs come from remote.py and prelude.sh

TLS=/etc/galera-tls
TRANSFER=/etc/mysql/mariadb.conf.d/64-galera-transfer.cnf

# write_certificates GROUP: GROUP may read the key.
write_certificates() {
  write_file "$TLS/authority.pem" 0644 root <<<"$AUTHORITY"
  write_file "$TLS/certificate.pem" 0644 root <<<"$CERTIFICATE"
  write_file "$TLS/key.pem" 0640 "root:$1" <<<"$KEY"
}

# takes_plain FILE: by its settings in FILE, this voter takes no TLS, or both. The packages' own files have no address.
takes_plain() {
  local text=""
  [ ! -e "$1" ] || text=$(<"$1")
  [[ $text == *gmcast.listen_addr=* ]] && [[ $text != *socket.ssl_key=* || $text == *socket.dynamic=* ]]
}

# copies_of_others: how members that have the cluster give copies of the data: prints `encrypted` or `plain`, or nothing
# if no one has it. They give encrypted ones once all voters have certificates (transfer.sh).
copies_of_others() {
  local address answer
  for address in $OTHERS; do
    answer=$(curl -s -m 3 "http://$address:9200/") || true
    [[ $answer == *'"primary": true'* ]] || continue
    if [[ $answer == *'"encrypted": true'* ]]; then echo encrypted; else echo plain; fi
    return 0
  done
}

# speak_tls ADDRESS: prints the certificate of the voter there.
speak_tls() {
  timeout 5 openssl s_client -connect "$1:4567" -CAfile "$TLS/authority.pem" -cert "$TLS/certificate.pem" \
    -key "$TLS/key.pem" -verify_return_error </dev/null 2>/dev/null
}

# Sets `WITHOUT` to the addresses of other voters that do not answer with TLS. They may be switched off.
find_voters_without_tls() {
  local address
  WITHOUT=""
  for address in $OTHERS; do
    speak_tls "$address" >/dev/null || WITHOUT="$WITHOUT${WITHOUT:+, }$address"
  done
}

# Prints one line: this member's state, or why MariaDB does not answer.
state() {
  mariadb -N -e "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS
    WHERE VARIABLE_NAME = 'wsrep_local_state_comment'" 2>/dev/null || unit_problem mariadb.service
}
is_synced() {
  local now
  now=$(state)
  [ "$now" = Synced ] || { printf '%s\n' "$now" && return 1; }
}

# The arbitrator tells its state in its journal only.
is_connected() {
  local log run
  run=$(systemctl show -p InvocationID --value garb.service)
  log=$(journalctl -q -u garb.service -o cat _SYSTEMD_INVOCATION_ID="$run")
  grep -q 'Shifting .* -> SYNCED' <<<"$log" || { tail -n 1 <<<"$log" && return 1; }
}

# Copies of the data for joining members: both ends must do the same. They read this file at the beginning of each copy.
encrypt_transfers() {
  write_file "$TRANSFER" 0644 root <<FILE
[sst]
encrypt = 4
tca = $TLS/authority.pem
tcert = $TLS/certificate.pem
tkey = $TLS/key.pem
FILE
}
