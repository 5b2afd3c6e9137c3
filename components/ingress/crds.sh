# Installs Traefik's custom resource definitions in the cluster. Runs on a server. They stay when this step is deleted:
# otherwise Kubernetes would delete routes that others have created.
#
# Values: URL  SHA256
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

kubectl() { k3s kubectl --request-timeout=30s "$@"; }
file=/var/lib/tailnet-k3s/traefik-crds.yaml
are_there() {
  local wanted
  wanted=$(grep -c '^kind: CustomResourceDefinition' "$file")
  [ "$(kubectl get -f "$file" --ignore-not-found -o name | wc -l)" = "$wanted" ]
}
differ() { ! kubectl diff --server-side --force-conflicts --field-manager=tailnet-k3s -f "$file" >/dev/null 2>&1; }

download "$URL" "$SHA256" "$file" 0644
wait_until 60 "the API to answer" kubectl get --raw /readyz
if ! are_there || differ; then
  wait_until 60 "the API to define Traefik's resources" \
    kubectl apply --server-side --force-conflicts --field-manager=tailnet-k3s -f "$file"
  changed "defined Traefik's resources"
fi
quietly "waiting for Traefik's resources" kubectl wait --for=condition=Established --timeout=60s -f "$file"
