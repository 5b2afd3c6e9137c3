# Makes this host a k3s server or agent, and waits until it runs. A server shares what it knows with the others by the
# datastore; an agent asks any server. Runs again at any time, and restarts k3s only for a change: containers go on.
#
# Values: ROLE (server, agent)  VERSION  CONFIG and REGISTRIES (text of config.yaml and registries.yaml)
#   INTERFACE (of the tailnet)  INITIALISE (yes on the first server, else no)  VISITORS (yes where they come in, else no)
# Secrets: TOKEN (servers: the cluster's; agents: theirs)  and for servers AGENT_TOKEN, ENDPOINT
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

unit=k3s other=k3s-agent type=notify
[ "$ROLE" = server ] || unit=k3s-agent other=k3s type=exec
folder=/etc/rancher/k3s

# config_yaml [LINE]: secrets are letters, digits and the signs of a URL: between quotes they are what they are.
config_yaml() {
  printf '%s\n' "$CONFIG" "token: '$TOKEN'"
  [ "$ROLE" = agent ] || printf '%s\n' "agent-token: '$AGENT_TOKEN'" "datastore-endpoint: '$ENDPOINT'"
  [ -z "$card" ] || printf '%s\n' "node-external-ip: $card"
  printf '%s\n' "$@"
}
run_k3s() {
  run_service "$unit.service" "$folder/config.yaml" "$folder/registries.yaml" "/etc/systemd/system/$unit.service" \
    /usr/local/bin/k3s || true
}
answers() { # kubectl's reason, or why there is nobody to ask
  k3s kubectl --request-timeout=5s get --raw /readyz 2>&1 | tail -n 1 || { unit_trouble "$unit.service" && return 1; }
}
is_node() { k3s kubectl --request-timeout=5s get node "$(sed -n 's/^node-name: *//p' "$folder/config.yaml")" -o name; }

found=$(k3s --version 2>&1 | head -n 1)
grep -Fq " $VERSION" <<<"$found" || fail "the k3s that was downloaded says it is '$found', not $VERSION"

# servicelb gives a Service these addresses, and kube-proxy takes packets to them straight to Traefik. With the tailnet's
# address alone (node-ip) they would come by a pod that puts its own address in place of the visitor's.
card=""
[ "$VISITORS" = no ] || card=$(card_address)

stop_service "$other.service"
remove_file "/etc/systemd/system/$other.service"
if write_file "/etc/systemd/system/$unit.service" 0644 root <<UNIT; then reload_units; fi
[Unit]
Description=Kubernetes (k3s $ROLE)
Wants=network-online.target
After=network-online.target tailscaled.service haproxy.service
StartLimitIntervalSec=0
[Service]
Type=$type
ExecStartPre=-/sbin/modprobe br_netfilter
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/local/bin/k3s $ROLE
KillMode=process
Delegate=yes
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=3
[Install]
WantedBy=multi-user.target
UNIT
write_file "$folder/registries.yaml" 0600 root <<<"$REGISTRIES" || true

# A first server that has the interface in its settings before the cluster is there waits for flannel's objects for ever.
if [ "$INITIALISE" = yes ] && ! grep -q '^flannel-iface:' "$folder/config.yaml" 2>/dev/null; then
  write_file "$folder/config.yaml" 0600 root <<<"$(config_yaml)" || true
  run_k3s
  wait_until 300 "k3s to run" is_running k3s.service
  wait_until 300 "the new cluster's API" answers
  wait_until 120 "the first node" is_node
fi
write_file "$folder/config.yaml" 0600 root <<<"$(config_yaml "flannel-iface: $INTERFACE")" || true
run_k3s
wait_until 300 "$unit to run" is_running "$unit.service"
[ "$ROLE" = agent ] || wait_until 300 "the API of this server" answers
