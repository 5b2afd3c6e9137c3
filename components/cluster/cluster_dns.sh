# Waits until the cluster's own name server answers. k3s starts it some time after its first node is Ready; until then
# pods find no service by its name. Changes nothing. Run on a server.
#
# shellcheck shell=bash # variables and verbs come from remote.py and prelude.sh

serves() { # says how far it has come; its Deployment appears late on a new cluster
  local seen
  seen=$(k3s kubectl --request-timeout=10s -n kube-system rollout status deployment/coredns --watch=false 2>&1) || true
  tail -n 1 <<<"$seen"
  grep -q 'successfully rolled out' <<<"$seen"
}
wait_until 300 "the cluster's name server" serves
