# Waits until a node of the cluster is Ready, and gives it its labels and taints. Those that this step gave before, and
# that are not wanted any more, are taken away; all others are left alone. Run on a server.
#
# Values: NODE  LABELS (NAME=VALUE, one a line)  TAINTS (KEY=VALUE:EFFECT or KEY:EFFECT, one a line)
# shellcheck shell=bash disable=SC2154,SC2016 # variables and verbs come from remote.py and prelude.sh

kubectl() { k3s kubectl --request-timeout=20s "$@"; }
ask() { kubectl get node "$NODE" -o go-template="$1"; }
is_ready() {
  local conditions
  conditions=$(ask '{{range .status.conditions}}{{.type}}={{.status}}: {{.message}}{{"\n"}}{{end}}' 2>&1)
  grep -q '^Ready=True' <<<"$conditions" || { tail -n 1 <<<"$conditions" && return 1; }
}
# lines_only_in FIRST SECOND: lines of the first text that the second hasn't.
lines_only_in() { grep -Fxv -f <(printf '%s\n' "$2") <<<"$1" | grep . || true; }
given_before() { ask "{{with .metadata.annotations}}{{with index . \"tailnet-k3s/$1\"}}{{.}}{{end}}{{end}}" | tr ' ' '\n'; }
# give VERB KIND PRESENT WANTED REMOVED...: kubectl label or kubectl taint, if anything differs.
give() {
  local verb=$1 kind=$2 missing
  missing=$(lines_only_in "$4" "$3")
  shift 4
  # shellcheck disable=SC2086 # names have no spaces
  if [ -n "$missing$*" ]; then
    quietly "$verb of $NODE" kubectl "$verb" node "$NODE" --overwrite $missing "${@/%/-}"
    changed "$kind of $NODE:" $missing "${@/%/-}"
  fi
}

without_value() { awk '{ sub(/=.*:/, ":") } 1' <<<"$1"; }

wait_until 300 "node $NODE to be Ready" is_ready

present=$(ask '{{range $name, $value := .metadata.labels}}{{$name}}={{$value}}{{"\n"}}{{end}}')
names=$(awk -F= '{ print $1 }' <<<"$LABELS")
gone=$(lines_only_in "$(lines_only_in "$(given_before labels)" "$names")" "")
# shellcheck disable=SC2086
give label labels "$present" "$LABELS" $gone

present=$(ask '{{range .spec.taints}}{{.key}}{{with .value}}={{.}}{{end}}:{{.effect}}{{"\n"}}{{end}}')
before=$(given_before taints)
gone=$(without_value "$(lines_only_in "$before" "$TAINTS")")
# one that only has another value now is overwritten, not taken away
gone=$(lines_only_in "$gone" "$(without_value "$TAINTS")")
# shellcheck disable=SC2086
give taint taints "$present" "$TAINTS" $gone

quietly "noting what $NODE was given" kubectl annotate node "$NODE" --overwrite \
  "tailnet-k3s/labels=$(tr '\n' ' ' <<<"$names")" "tailnet-k3s/taints=$(tr '\n' ' ' <<<"$TAINTS")"
