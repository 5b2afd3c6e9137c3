# Makes this host a k3s server or agent, and waits until it runs. Servers share their state through the datastore; an
# agent asks any server. The step may run again at any time. It restarts k3s only for a change, and when its
# certificates end within 90 days; containers keep running.
#
# Values: ROLE (server, agent)  VERSION  CONFIG and REGISTRIES (text of config.yaml and registries.yaml)
#   INTERFACE and OVERLAY_UNIT (of the tailnet: network interface, systemd unit)  DEVICE (this host's there)
#   INITIALISE (yes on the first server, else no)  VISITORS (yes on hosts with the role ingress, else no)
#   and for servers those of datastore_tls.sh, and ENCRYPTS (yes: CONFIG has Secrets encrypted; for the program itself,
#   which reads it in its state)
# Secrets: TOKEN (servers: the servers' token; agents: the agents' token)  and for servers AGENT_TOKEN, ENDPOINT (of the
#   datastore; absent: k3s keeps the state in a file)
# Effect of the first run: joins the cluster as $ROLE
# Effect of CONFIG REGISTRIES VERSION SECRETS: k3s restarts, 10 to 30 s, one node after another; pods keep running
# Effect of ROLE: k3s stops, and starts again as $ROLE; pods keep running
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

unit=k3s other=k3s-agent type=notify
[ "$ROLE" = server ] || unit=k3s-agent other=k3s type=exec
folder=/etc/rancher/k3s tls_files=() tls_options=()

# config_yaml [LINE]: the text of config.yaml. Secrets have only letters, digits and signs of a URL: quotes are enough.
config_yaml() {
  printf '%s\n' "$CONFIG" "token: '$TOKEN'" "${tls_options[@]}"
  [ "$ROLE" = agent ] || printf '%s\n' "agent-token: '$AGENT_TOKEN'"
  [ -z "${ENDPOINT:-}" ] || printf '%s\n' "datastore-endpoint: '$ENDPOINT'"
  [ -z "$card" ] || printf '%s\n' "node-external-ip: $card"
  printf '%s\n' "$@"
}
run_k3s() {
  run_service "$unit.service" "$folder/config.yaml" "$folder/registries.yaml" "/etc/systemd/system/$unit.service" \
    /usr/local/bin/k3s "${tls_files[@]}"
}
answers() { # prints kubectl's error, or why k3s does not run
  k3s kubectl --request-timeout=5s get --raw /readyz 2>&1 | tail -n 1 || { unit_problem "$unit.service" && return 1; }
}
is_node() { k3s kubectl --request-timeout=5s get node "$HOST" -o name; }
# lost_nodes.sh does this for all other nodes. Until it is done for this one, k3s ends soon after each start, because
# its node has another password. A kubelet that has taken the old Node object for its own would not make a new one.
no_earlier_machine_is_in_the_way() {
  local annotations
  annotations=$(annotations_of "$HOST") || return 1
  is_of_another_machine "$DEVICE" <<<"$annotations" || return 0
  forget "$HOST" && systemctl restart --no-block k3s.service
}

run=$(systemctl show -p InvocationID --value "$unit.service") # empty: it has not run yet
[ -n "$run" ] || run=$(systemctl show -p InvocationID --value "$other.service") # another role is a restart, too
found=$(k3s --version 2>&1 | head -n 1)
grep -Fq " $VERSION" <<<"$found" || fail "the downloaded k3s reports the version '$found', not $VERSION"

# servicelb gives a Service these addresses. kube-proxy sends packets to them straight to Traefik. With the tailnet's
# address alone (node-ip), packets would pass through a pod that replaces the visitor's address with its own.
card=""
[ "$VISITORS" = no ] || card=$(card_address)

# A server refuses new connections to its API for 2 s before it stops. Balancers then use another server, and requests
# under way end. Without this, k3s cuts off requests that it has taken already.
drain="" table="inet tailnet-k3s-stopping"
[ "$ROLE" = agent ] || drain="
ExecStop=-/bin/sh -c \"nft 'add table $table; add chain $table input { type filter hook input priority 0; };\
 add rule $table input ip daddr != 127.0.0.0/8 tcp dport 6443 tcp flags syn reject with tcp reset' && sleep 2\"
ExecStopPost=-/usr/sbin/nft delete table $table"

# With SQLite, the only copy of the cluster's state is a file here. k3s would begin an empty cluster without it.
guard=""
[ "$ROLE" = agent ] || [ -n "${ENDPOINT:-}" ] || guard="
ExecStartPre=/bin/sh -c \"! grep -qs '^flannel-iface:' $folder/config.yaml ||\
 test -s /var/lib/rancher/k3s/server/db/state.db\""

stop_service "$other.service"
remove_file "/etc/systemd/system/$other.service"
if [ "$ROLE" = agent ]; then # what a server keeps opens the whole cluster: keys of its authorities, the administrator's
  remove_file "$folder/k3s.yaml"
  [ ! -e /var/lib/rancher/k3s/server ] ||
    { rm -rf /var/lib/rancher/k3s/server && changed "removed what a server keeps"; }
fi
write_file "/etc/systemd/system/$unit.service" 0644 root <<UNIT
[Unit]
Description=Kubernetes (k3s $ROLE)
Wants=network-online.target
After=network-online.target $OVERLAY_UNIT haproxy.service
StartLimitIntervalSec=0
[Service]
Type=$type
ExecStartPre=-/sbin/modprobe br_netfilter
ExecStartPre=-/sbin/modprobe overlay$guard
ExecStart=/usr/local/bin/k3s $ROLE$drain
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
write_file "$folder/registries.yaml" 0600 root <<<"$REGISTRIES"
write_datastore_tls "$folder"

# Create the cluster without flannel-iface. With it, a first server waits for ever for objects that flannel makes later.
if [ "$INITIALISE" = yes ] && ! grep -q '^flannel-iface:' "$folder/config.yaml" 2>/dev/null; then
  text=$(config_yaml)
  write_file "$folder/config.yaml" 0600 root <<<"$text"
  run_k3s
  wait_until 300 "k3s to run" is_running k3s.service
  wait_until 300 "the new cluster's API" answers
  wait_until 120 "the cluster to remove the earlier machine of this name" no_earlier_machine_is_in_the_way
  wait_until 120 "the first node" is_node
fi
text=$(config_yaml "flannel-iface: $INTERFACE")
write_file "$folder/config.yaml" 0600 root <<<"$text"
command -v openssl >/dev/null || install_packages openssl
ending=$(ending_certificate 90) || [ "$?" = 1 ] || fail "$ending"
run_k3s
now=$(systemctl show -p InvocationID --value "$unit.service")
if [ -n "$ending" ] && [ -n "$run" ] && [ "$now" = "$run" ]; then
  restart_and_wait "$unit.service" "${ending/ / ends on }"
fi
since=$(date -u +%FT%TZ)
wait_until 300 "$unit to run" is_running "$unit.service"
[ "$ROLE" = agent ] || wait_until 300 "the API of this server" answers
# After a restart, the next node restarts as soon as this step ends. Before that, the balancers of all nodes must know
# again that this server answers: they ask it every 2 s.
now=$(systemctl show -p InvocationID --value "$unit.service")
if [ -n "$run" ] && [ "$now" != "$run" ]; then
  wait_until 300 "node $HOST to be Ready again" is_back "$since"
  left=$(note_not_renewed 90)
  [ -z "$left" ] || say "$left"
  [ "$ROLE" = agent ] || sleep 3
fi
remove_unused_datastore_tls
