# Forgets nodes that are lost and no longer wanted. The pods of a lost node end only with it, and what is changed in the
# cluster next may wait for their end: a server of one pod at a time, for one. Nodes that still answer leave in order
# when the rest is done (node_leave.sh). Run on a server.
#
# Values: WANTED (names of nodes, one a line)
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

kubectl() { k3s kubectl --request-timeout=20s "$@"; }
nodes() { kubectl get nodes -o jsonpath='{range .items[*]}{.metadata.name}{"\n"}{end}'; }
readiness() { kubectl get node "$1" -o jsonpath='{.status.conditions[?(@.type=="Ready")].status}'; }
sign_of_life() { kubectl -n kube-node-lease get lease --ignore-not-found "$1" -o jsonpath='{.spec.renewTime}'; }

# A node gives a sign every 10 s, and is Ready for 40 s after its last one.
answers_or_is_lost() { # NODE  SIGN (the last one that is known)
  local ready sign
  ready=$(readiness "$1") && sign=$(sign_of_life "$1") || return 1
  [ "$ready" != True ] || [ "$sign" != "$2" ]
}

wait_until 300 "the API to list the nodes" nodes # the lost one may have had the database's writer
names=$(nodes) || fail "the API lists no nodes any more"
for node in $names; do
  ! grep -qxF "$node" <<<"$WANTED" || continue
  sign=$(sign_of_life "$node") || fail "the API does not tell when $node answered last"
  wait_until 120 "$node to answer, or to be lost" answers_or_is_lost "$node" "$sign"
  ready=$(readiness "$node") || fail "the API does not tell whether $node is Ready"
  if [ "$ready" != True ]; then
    quietly "removing $node" kubectl delete node "$node"
    changed "removed $node, which was lost"
  fi
done
