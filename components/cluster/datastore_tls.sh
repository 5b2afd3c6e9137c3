# A verb: writes the files with which k3s proves itself to the datastore and checks it. Sets two arrays:
# `tls_files`, the files that k3s reads, and `tls_options`, the lines of config.yaml that name them.
#
# Values: DATASTORE_CA and DATASTORE_CERTIFICATE (PEM; absent: k3s uses none)   Secrets: DATASTORE_KEY (likewise)
# Effect of DATASTORE_CA DATASTORE_CERTIFICATE: k3s restarts, 10 to 30 s, one node after another; pods keep running
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

# write_datastore_tls FOLDER
write_datastore_tls() {
  tls_files=() tls_options=() unused_tls_files=()
  tls_file datastore-cafile "$1/datastore-ca.crt" "${DATASTORE_CA:-}"
  tls_file datastore-certfile "$1/datastore.crt" "${DATASTORE_CERTIFICATE:-}"
  tls_file datastore-keyfile "$1/datastore.key" "${DATASTORE_KEY:-}"
}

# tls_file OPTION FILE TEXT
tls_file() {
  if [ -z "$3" ]; then
    unused_tls_files+=("$2")
    return 0
  fi
  write_file "$2" 0600 root <<<"$3"
  tls_files+=("$2") tls_options+=("$1: $2")
}

# remove_unused_datastore_tls: call it when no running k3s reads the old files any more.
remove_unused_datastore_tls() { remove_file "${unused_tls_files[@]}"; }
