# Removes the rules for pods from a host that is no longer a node.
#
# Values: FILE  TABLE (its name in the family inet)
# Effect of removal: pods may reach everything from this host, which runs none any more
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

stop_service tailnet-k3s-pods.service
remove_file /etc/systemd/system/tailnet-k3s-pods.service "$FILE"
systemctl daemon-reload
rmdir --ignore-fail-on-non-empty "${FILE%/*}" 2>/dev/null || true
if nft list table inet "$TABLE" >/dev/null 2>&1; then
  quietly "removing the rules for pods" nft delete table inet "$TABLE"
  changed "removed the rules for pods"
fi
