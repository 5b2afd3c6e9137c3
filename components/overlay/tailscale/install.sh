# Verbs of join.sh and update.sh: Tailscale's own archive on this host.
# Values: URL, SHA256 (may be empty), CHECKSUM_URL, NAME (Tailscale's archive)
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

# Do not replace a Tailscale that the machine's owner has installed, of whatever version.
has_own_tailscale() { [ -x /usr/sbin/tailscaled ] && ! compgen -G "/var/lib/tailnet-k3s/tailscale_*.tgz" >/dev/null; }

# unpack_tailscale FOLDER: makes the folder anew with the archive's files. Downloads the archive if it is not there.
unpack_tailscale() {
  local archive=/var/lib/tailnet-k3s/$NAME checksum=$SHA256
  command -v curl >/dev/null || install_packages curl ca-certificates
  mkdir -p "${archive%/*}"
  if [ -z "$checksum" ]; then
    fetch "$CHECKSUM_URL" "$archive.sha256"
    read -r checksum _ <"$archive.sha256" || true # the publisher's file does not end with a newline
    [[ $checksum =~ ^[0-9a-f]{64}$ ]] || fail "$CHECKSUM_URL is not a checksum"
  fi
  download "$URL" "$checksum" "$archive" 0644
  rm -rf "$1"
  mkdir -p "$1"
  quietly "unpacking $NAME" tar -xzf "$archive" -C "$1" --strip-components=1
}
