# Waits until every ready Traefik presents the origin certificate. Traefik reads a new one some seconds after it is in
# the cluster. Until then the old one must not be revoked. Runs on a server. Changes nothing.
#
# Values: NAMESPACE  SELECTOR (of Traefik's pods)  PORT (where they speak TLS)  DOMAIN  CERTIFICATE (PEM)
# shellcheck shell=bash disable=SC2154,SC2016 # variables and verbs come from remote.py and prelude.sh

fingerprint() { openssl x509 -noout -fingerprint -sha256 2>/dev/null; }
shown_at() { timeout 10 openssl s_client -connect "$1" -servername "$DOMAIN" </dev/null 2>/dev/null | fingerprint; }
# Ready pods only. Pods of a lost host stay listed, but they get no requests.
pods() {
  k3s kubectl --request-timeout=20s -n "$NAMESPACE" get pods -l "$SELECTOR" -o go-template='{{range $pod := .items
    }}{{range .status.conditions}}{{if and (eq .type "Ready") (eq .status "True")}}{{$pod.metadata.name}} {{
    $pod.status.podIP}}{{"\n"}}{{end}}{{end}}{{end}}'
}
all_present_it() {
  local list name address
  list=$(pods) || return 1
  [ -n "$list" ] || { echo "no Traefik is ready" && return 1; }
  while read -r name address; do
    [ "$(shown_at "$address:$PORT")" = "$wanted" ] || { echo "$name presents another certificate" && return 1; }
  done <<<"$list"
}

wanted=$(fingerprint <<<"$CERTIFICATE") || fail "Cloudflare's origin certificate can't be read"
wait_until 120 "Traefik to present the origin certificate" all_present_it
