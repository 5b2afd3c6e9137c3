# A verb of enrol.sh and leave.sh.
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

# trust_certificates [PEM]: the machine trusts these authorities for the program's sake, or none. A note says that the
# system's own list is not up to date yet: an interrupted run leaves it, and the next one goes on there.
trust_certificates() {
  local file=/usr/local/share/ca-certificates/tailnet-k3s.crt pending=$STATE_FOLDER/certificates-pending
  if [ -n "${1:-}" ]; then
    install_packages ca-certificates
    cmp -s "$file" - <<<"$1" || { mkdir -p "$STATE_FOLDER" && touch "$pending"; }
    write_file "$file" 0644 root <<<"$1"
  elif [ -e "$file" ]; then
    touch "$pending"
    remove_file "$file"
  fi
  [ -e "$pending" ] || return 0
  quietly "trusting certificates" update-ca-certificates --fresh
  # It has read the list at its start. It may not be there yet.
  ! systemctl cat "$OVERLAY_UNIT" >/dev/null 2>&1 ||
    quietly "restarting $OVERLAY_UNIT" systemctl try-restart "$OVERLAY_UNIT"
  rm -f "$pending"
}
