# Deletes the Node objects of lost machines: of names that the settings no longer have, and of earlier machines of names
# that they do. Otherwise a single-replica rollout waits for ever for pods on a dead node, and a new machine can't join
# under the name. Nodes that still respond are drained and removed later (node_leave.sh). Nodes that somebody else let
# join stay. Runs on a server, before the others join.
#
# Values: WANTED (a line for each node: its name, and its machine's device in the tailnet)
# shellcheck shell=bash disable=SC2153,SC2154 # variables and verbs come from remote.py and prelude.sh

nodes() { kubectl get nodes -o jsonpath='{range .items[*]}{.metadata.name}{"\n"}{end}'; }
readiness() { kubectl get node "$1" -o jsonpath='{.status.conditions[?(@.type=="Ready")].status}'; }
last_heartbeat() { kubectl -n kube-node-lease get lease --ignore-not-found "$1" -o jsonpath='{.spec.renewTime}'; }

# A node sends a heartbeat every 10 s. It stays Ready for 40 s after the last one.
responds_or_is_lost() { # NODE  HEARTBEAT (time of the last known one)
  local ready heartbeat
  ready=$(readiness "$1") && heartbeat=$(last_heartbeat "$1") || return 1
  [ "$ready" != True ] || [ "$heartbeat" != "$2" ]
}

# For wait_until: prints why the API can't tell.
is_told() { annotations_of "$1" >/dev/null; }

wait_until 300 "the API to list the nodes" nodes # the lost machine may have been the database's writer
names=$(nodes) || fail "the API does not list the nodes"
for node in $names; do
  wait_until 60 "the API to show the node $node" is_told "$node"
  annotations=$(annotations_of "$node")
  device=$(awk -v node="$node" '$1 == node { print $2 }' <<<"$WANTED")
  if [ -n "$device" ]; then
    is_of_another_machine "$device" <<<"$annotations" || continue
  elif ! is_ours <<<"$annotations"; then
    continue
  fi
  heartbeat=$(last_heartbeat "$node") || fail "the API does not report the last heartbeat of $node"
  wait_until 120 "$node to respond, or to be lost" responds_or_is_lost "$node" "$heartbeat"
  ready=$(readiness "$node") || fail "the API does not report whether $node is Ready"
  if [ "$ready" != True ]; then
    wait_until 60 "the API to remove $node" forget "$node"
    changed "removed $node, whose machine was lost"
  fi
done
