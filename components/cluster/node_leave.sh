# Drains a node and deletes it from the cluster. Runs on a server.
#
# Values: NODE
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

ready='{.status.conditions[?(@.type=="Ready")].status}'
if state=$(k3s kubectl --request-timeout=20s get node "$NODE" -o jsonpath="$ready" 2>/dev/null); then
  # Do not drain a lost node: no kubelet would stop its pods. Kubernetes replaces them once the node is deleted.
  # Pods that cannot move (a disruption budget, a volume) do not stop the removal.
  [ "$state" != True ] ||
    k3s kubectl drain "$NODE" --ignore-daemonsets --delete-emptydir-data --force --timeout=120s >&2 ||
    say "$NODE still has pods after 120 s; removing it anyway"
  wait_until 60 "the API to remove $NODE" k3s kubectl --request-timeout=20s delete node --ignore-not-found "$NODE"
  changed "removed $NODE"
fi
