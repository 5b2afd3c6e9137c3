# Makes sure that this server still has the cluster's state, which k3s keeps in a file. k3s creates the file at its
# first start. Without the file, a later start would begin an empty cluster of the same name.
# Effect of the first run: keeps the cluster's state in a file of this host
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

# The step of the node writes `flannel-iface` once the new cluster's API has answered.
state_is_there() {
  local file=/var/lib/rancher/k3s/server/db/state.db
  grep -qs '^flannel-iface:' /etc/rancher/k3s/config.yaml || return 0
  [ -s "$file" ] || { echo "$file, the cluster's state, is missing: k3s would begin an empty cluster" && return 1; }
}

missing=$(state_is_there) || fail "$missing. Put a copy of it there. Or, for a new cluster, run pulumi destroy first"
holds "the cluster's state is missing" state_is_there
