# Takes this host out of the etcd cluster. Moves its copy of the data aside: a cluster that is created later must not
# start with data of this one.
# Values: from etcdctl.sh DATA, TLS and OWN_CLIENT
# Effect of removal: leaves the datastore; its copy of the data moves to a folder in /var/lib/etcd/left
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py, prelude.sh and etcdctl.sh

stop_service etcd-upkeep.timer
if systemctl is-active -q etcd.service && seen=$(list "$OWN_CLIENT"); then
  name=$(sed -n 's/^ETCD_NAME=//p' /etc/etcd/member.env)
  own=$(awk -F ', ' -v name="$name" '$3 == name' <<<"$seen")
  others=$(awk -F ', ' -v name="$name" '$3 != name && $5 { printf "%s%s", comma, $5; comma = "," }' <<<"$seen")
  # This member stops as soon as it is removed, so it can't answer whether it was.
  if [ -n "$own" ] && [ -n "$others" ]; then remove_member "$others" "${own%%,*}" "$name" <<<"$seen"; fi
elif [ -e "$DATA/member" ]; then
  say "the cluster did not answer here: the next change of members removes this one from it"
fi
stop_service etcd.service
stop_service etcd-presence.socket
set_data_aside
rm -rf "${DATA%/*}/restoring" # what a restore decrypted that was killed
remove_file /etc/etcd/member.env "$TLS/authority.crt" "$TLS/server.pem" "$TLS/peer.pem" \
  /etc/systemd/system/etcd.service \
  /etc/systemd/system/etcd-presence.socket /etc/systemd/system/etcd-presence@.service \
  /etc/systemd/system/etcd-upkeep.service /etc/systemd/system/etcd-upkeep.timer /usr/local/lib/etcd-member/upkeep.py \
  /usr/local/bin/etcd /usr/local/bin/etcdctl /usr/local/bin/etcdutl
remove_file /var/lib/tailnet-k3s/etcd-v*.tar.gz
systemctl daemon-reload
