# Gives the cluster's name server REPLICAS pods on different nodes, and one more on every node (DaemonSet coredns-node).
# Pods ask the one on their own node first, so the loss of another node does not concern them: otherwise every second
# look-up would wait for a dead pod, until Kubernetes regards its node as lost (40 to 50 s).
#
# k3s deploys CoreDNS anew at each start. Its manifest has neither a replica count nor a traffic distribution, so these
# stay (k3s#1606). It does not know the DaemonSet, which is a copy of its Deployment. Runs on a server.
#
# Values: REPLICAS  DISTRIBUTION (trafficDistribution of the Service; empty: k3s is too old for it)  DAEMON_SET_PROGRAM
#   (node_dns.py)  VERSION (of k3s: another one brings another CoreDNS)
# Effect of REPLICAS DISTRIBUTION: CoreDNS pods are replaced one after another; names keep resolving
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

kubectl() { k3s kubectl --request-timeout=10s -n kube-system "$@"; }
replicas() { kubectl get deployment/coredns -o jsonpath='{.spec.replicas}'; }
is_rolled_out() { # prints the progress
  local progress
  progress=$(kubectl rollout status deployment/coredns --watch=false 2>&1) || true
  tail -n 1 <<<"$progress"
  grep -q 'successfully rolled out' <<<"$progress"
}
generation() { kubectl get daemonset/coredns-node --ignore-not-found -o jsonpath='{.metadata.generation}'; }
apply_daemon_set() {
  kubectl get deployment/coredns -o json | python3 -c "$DAEMON_SET_PROGRAM" |
    kubectl apply --server-side --force-conflicts --field-manager=tailnet-k3s -f -
}
distribution() { kubectl get service/kube-dns -o jsonpath='{.spec.trafficDistribution}'; }
prefer_own_node() { kubectl patch service/kube-dns -p "{\"spec\":{\"trafficDistribution\":\"$DISTRIBUTION\"}}"; }
# Nodes that are lost have no pod that is ready, and nobody waits for them.
every_node_has_its_own() { # prints a node without
  local ready serving node state='{.status.conditions[?(@.type=="Ready")].status}{"\n"}'
  ready=$(kubectl get nodes -o jsonpath="{range .items[*]}{.metadata.name} $state{end}") &&
    serving=$(kubectl get pods -l app.kubernetes.io/name=coredns-node \
      -o jsonpath="{range .items[*]}{.spec.nodeName} $state{end}") || return 1
  while read -r node; do
    [[ $node = *" True" ]] || continue
    grep -qxF "$node" <<<"$serving" || { echo "none on ${node% *}" && return 1; }
  done <<<"$ready"
}

wait_until 300 "k3s to deploy the cluster's name server" replicas
current=$(replicas)
if [ "$current" != "$REPLICAS" ]; then
  # The API refuses writes for seconds while another database member becomes the writer.
  wait_until 60 "the API to scale the cluster's name server" kubectl scale deployment/coredns --replicas="$REPLICAS"
  changed "the cluster's name server has $REPLICAS pods; it had $current"
fi
wait_until 300 "the cluster's name server" is_rolled_out

before=$(generation)
wait_until 60 "the API to run a name server on every node" apply_daemon_set
[ "$(generation)" = "$before" ] || changed "a name server runs on every node"
wait_until 300 "a name server on every node" every_node_has_its_own
if [ -n "$DISTRIBUTION" ] && [ "$(distribution)" != "$DISTRIBUTION" ]; then
  wait_until 60 "the API to let pods ask the name server of their node" prefer_own_node
  changed "pods ask the name server of their own node first"
fi

dns_is_as_wanted() {
  local seen images='{.spec.template.spec.containers[0].image}'
  seen=$(k3s kubectl --request-timeout=3s -n kube-system \
    get deployment/coredns daemonset/coredns-node service/kube-dns \
    -o jsonpath="{range .items[*]}{.spec.replicas} $images {.spec.trafficDistribution}{\"\\n\"}{end}" 2>&1) || {
    ! grep -q 'daemonsets.* not found' <<<"$seen" ||
      { echo "the cluster has no name server on every node" && return 1; }
    ! grep -q ' not found' <<<"$seen" || { echo "the cluster's name server is not whole: ${seen##*$'\n'}" && return 1; }
    return 0
  }
  local theirs ours service
  { read -r -a theirs && read -r -a ours && read -r -a service; } <<<"$seen" || return 0
  [ "${theirs[0]}" = "$REPLICAS" ] ||
    { echo "the cluster's name server has ${theirs[0]} pods, not $REPLICAS" && return 1; }
  [ "${theirs[1]}" = "${ours[0]}" ] ||
    { echo "the name servers of the nodes run ${ours[0]}, and k3s has ${theirs[1]}" && return 1; }
  [ "${service[0]:-}" = "$DISTRIBUTION" ] ||
    { echo "pods do not ask the name server of their own node first" && return 1; }
}
holds "the cluster's name server is not as wanted" dns_is_as_wanted REPLICAS DISTRIBUTION
