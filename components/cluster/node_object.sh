# Verbs: the object that the cluster has of a node, and whose it is. node.sh leaves annotations on it.
# shellcheck shell=bash disable=SC2016 # kubectl's templates

kubectl() { k3s kubectl --request-timeout=20s "$@"; }

# annotations_of NODE: NAME=VALUE, one a line; nothing if there is no such node.
annotations_of() {
  kubectl get node "$1" --ignore-not-found \
    -o go-template='{{range $name, $value := .metadata.annotations}}{{$name}}={{$value}}{{"\n"}}{{end}}'
}

# is_ours <ANNOTATIONS: whether this program gave the node its labels.
is_ours() { grep -q '^tailnet-k3s/labels='; }

# is_of_another_machine DEVICE <ANNOTATIONS: whether the machine that joined as the node was another device of the
# tailnet.
is_of_another_machine() {
  local device
  device=$(sed -n 's#^tailnet-k3s/device=##p')
  [ -n "$device" ] && [ "$device" != "$1" ]
}

# forget NODE: the object goes, and the password that keeps another machine from joining under its name.
forget() {
  kubectl -n kube-system delete secret "$1.node-password.k3s" --ignore-not-found &&
    kubectl delete node "$1" --ignore-not-found
}
