# Installs the k3s binary after it has verified the checksum. A running k3s keeps the old binary until its restart.
#
# Values: URL  SHA256 (empty: from the publisher's list at CHECKSUM_URL, under NAME)
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

if [ -z "$SHA256" ]; then
  checksum_in "$CHECKSUM_URL" "$NAME"
  SHA256=$checksum
fi
download "$URL" "$SHA256" /usr/local/bin/k3s 0755
