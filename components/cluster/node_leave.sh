# Drains a node and deletes it from the cluster. Runs on a server.
#
# Values: NODE
# Effect of removal: node $NODE is drained and leaves the cluster; its pods start on other nodes
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

# Prints the node's name and whether it is Ready; nothing if the cluster has no such node. Fails without an answer
# of the API.
state() {
  k3s kubectl --request-timeout=20s get node "$NODE" --ignore-not-found \
    -o jsonpath='{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}'
}

wait_until 60 "the API to tell whether it has the node $NODE" state
state=$(state) || fail "the API does not tell whether it has the node $NODE"
if [ -n "$state" ]; then
  # Do not drain a lost node: no kubelet would stop its pods. Kubernetes replaces them once the node is deleted.
  # Pods that cannot move (a disruption budget, a volume) do not stop the removal.
  [ "${state#* }" != True ] ||
    k3s kubectl drain "$NODE" --ignore-daemonsets --delete-emptydir-data --force --timeout=120s >&2 ||
    say "$NODE still has pods after 120 s; removing it anyway"
  wait_until 60 "the API to remove $NODE" k3s kubectl --request-timeout=20s delete node --ignore-not-found "$NODE"
  changed "removed $NODE"
fi
