# Forgets nodes that are lost and no longer wanted. The pods of a lost node end only with it, and what is changed in the
# cluster next may wait for their end: a server of one pod at a time, for one. Nodes that still answer leave in order when
# the rest is done (node_leave.sh). Run on a server.
#
# Values: WANTED (names of nodes, one a line)
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

ready='{range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}'
nodes=$(k3s kubectl --request-timeout=20s get nodes -o jsonpath="$ready") || fail "the API does not list its nodes"
while read -r node is_ready; do
  if [ "$is_ready" != True ] && ! grep -qxF "$node" <<<"$WANTED"; then
    quietly "removing $node" k3s kubectl --request-timeout=20s delete node "$node"
    changed "removed $node, which was lost"
  fi
done <<<"$nodes"
