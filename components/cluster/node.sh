# Waits until a node is Ready, and sets its labels and taints. Removes labels and taints that this step set before and
# that the settings no longer have. Does not change any others. Runs on a server.
#
# Values: NODE  ADDRESS and DEVICE (in the tailnet, of its machine)  LABELS (NAME=VALUE, one a line)
#   TAINTS (KEY=VALUE:EFFECT or KEY:EFFECT, one a line)  SERVER (whether it is a k3s server: yes, no)
# Effect of LABELS: node $NODE gets other labels; running pods stay
# Effect of TAINTS: node $NODE gets other taints; pods that do not tolerate them leave
# shellcheck shell=bash disable=SC2154,SC2016 # variables and verbs come from remote.py and prelude.sh

kubectl() { k3s kubectl --request-timeout=20s "$@"; }
ask() { kubectl get node "$NODE" -o go-template="$1"; }
# read_node TEMPLATE: as `ask`. A request may fail for some seconds while the datastore has no writer.
read_node() {
  local end=$((SECONDS + 30))
  until ask "$1"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 1
  done
}
is_ready() {
  local conditions addresses
  conditions=$(ask '{{range .status.conditions}}{{.type}}={{.status}}: {{.message}}{{"\n"}}{{end}}' 2>&1)
  grep -q '^Ready=True' <<<"$conditions" || { tail -n 1 <<<"$conditions" && return 1; }
  # Another machine may have joined under the name.
  addresses=$(ask '{{range .status.addresses}}{{if eq .type "InternalIP"}}{{.address}}{{"\n"}}{{end}}{{end}}' 2>&1)
  grep -qxF -e "$ADDRESS" <<<"$addresses" ||
    { echo "it is Ready with the address ${addresses//$'\n'/ }, which is not this host's" && return 1; }
  # A cluster that was restored from a backup takes a node for ready as it was, until its machine has sent a heartbeat.
  kubectl -n kube-node-lease get lease "$NODE" -o name 2>&1
}
# lines_only_in FIRST SECOND: prints the lines of FIRST that SECOND does not have.
lines_only_in() {
  local line
  while IFS= read -r line; do
    [[ -z $line || $'\n'$2$'\n' = *$'\n'"$line"$'\n'* ]] || printf '%s\n' "$line"
  done <<<"$1"
}
set_before() {
  read_node "{{with .metadata.annotations}}{{with index . \"tailnet-k3s/$1\"}}{{.}}{{end}}{{end}}" | tr ' ' '\n'
}
# apply VERB KIND PRESENT WANTED REMOVED...: runs kubectl label or kubectl taint, if anything differs.
apply() {
  local verb=$1 kind=$2 missing
  missing=$(lines_only_in "$4" "$3")
  shift 4
  # shellcheck disable=SC2086 # names have no spaces
  if [ -n "$missing$*" ]; then
    wait_until 60 "the API to $verb $NODE" kubectl "$verb" node "$NODE" --overwrite $missing "${@/%/-}"
    changed "$kind of $NODE:" $missing "${@/%/-}"
  fi
}

without_value() { awk '{ sub(/=.*:/, ":") } 1' <<<"$1"; }

wait_until 300 "node $NODE to be Ready at $ADDRESS" is_ready

present=$(read_node '{{range $name, $value := .metadata.labels}}{{$name}}={{$value}}{{"\n"}}{{end}}')
names=$(awk -F= '{ print $1 }' <<<"$LABELS")
before=$(set_before labels)
# k3s gives a server these and takes them from nobody.
[ "$SERVER" = yes ] ||
  before+=$'\n'$(sed -nE 's#^(node-role\.kubernetes\.io/(control-plane|master|etcd))=.*#\1#p' <<<"$present")
gone=$(lines_only_in "$before" "$names")
# shellcheck disable=SC2086
apply label labels "$present" "$LABELS" $gone

present=$(read_node '{{range .spec.taints}}{{.key}}{{with .value}}={{.}}{{end}}:{{.effect}}{{"\n"}}{{end}}')
before=$(set_before taints)
gone=$(lines_only_in "$before" "$TAINTS")
# a taint with a new value is overwritten, not removed
gone=$(without_value "$gone")
kept=$(without_value "$TAINTS")
gone=$(lines_only_in "$gone" "$kept")
# shellcheck disable=SC2086
apply taint taints "$present" "$TAINTS" $gone

wait_until 60 "the API to record labels and taints of $NODE" kubectl annotate node "$NODE" --overwrite \
  "tailnet-k3s/labels=${names//$'\n'/ } " "tailnet-k3s/taints=${TAINTS//$'\n'/ } " \
  "tailnet-k3s/device=$DEVICE"

# One question for the look. What the API can't answer now is no difference of the node's.
node_is_as_wanted() {
  local seen line wanted
  seen=$(k3s kubectl --request-timeout=3s get node "$NODE" \
    -o go-template='{{range .status.conditions}}{{if eq .type "Ready"}}Ready={{.status}}
{{end}}{{end}}{{range .status.addresses}}{{.type}}={{.address}}
{{end}}{{range $name, $value := .metadata.labels}}{{$name}}={{$value}}
{{end}}{{range .spec.taints}}{{.key}}{{with .value}}={{.}}{{end}}:{{.effect}}
{{end}}' 2>&1) || {
    ! grep -q NotFound <<<"$seen" || { echo "the cluster has no node $NODE" && return 1; }
    return 0
  }
  wanted="Ready=True"$'\n'"InternalIP=$ADDRESS"$'\n'"$LABELS"$'\n'"$TAINTS"
  while IFS= read -r line; do
    [ -z "$line" ] || grep -qxF -e "$line" <<<"$seen" || { echo "the node $NODE lacks $line" && return 1; }
  done <<<"$wanted"
}
holds "the node $NODE is not as wanted" node_is_as_wanted NODE ADDRESS LABELS TAINTS
