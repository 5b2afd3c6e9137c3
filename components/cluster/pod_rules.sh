# Keeps packets of pods away from the datastore, from SSH of hosts and from the cloud's metadata, by a table of nftables
# of its own. It is there before k3s starts, and stays while k3s restarts. A change opens nothing in between.
#
# Values: RULES (text of FILE)  FILE  TABLE (its name in the family inet)
# Effect of RULES: what pods may reach changes at once; nothing restarts
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

install_packages nftables

# What the kernel has, without counters.
listed() { nft --stateless list table inet "$TABLE"; }

write_file "$FILE" 0644 root <<<"$RULES"
# nftables.service drops all tables of the host when it starts, stops or reloads, so this one comes back after it.
write_file /etc/systemd/system/tailnet-k3s-pods.service 0644 root <<UNIT
[Unit]
Description=Keeps pods away from the datastore, SSH of hosts and the cloud's metadata
After=nftables.service
Before=k3s.service k3s-agent.service
PartOf=nftables.service
ReloadPropagatedFrom=nftables.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f $FILE
ExecReload=/usr/sbin/nft -f $FILE
[Install]
WantedBy=multi-user.target
UNIT
run_service tailnet-k3s-pods.service
wait_until 30 "the rules for pods" systemctl is-active -q tailnet-k3s-pods.service

before=$(listed 2>/dev/null) || before="" # none yet
quietly "loading the rules for pods" nft -f "$FILE"
LISTED=$(listed) && [ -n "$LISTED" ] || fail "nft does not list the rules for pods, which it has just loaded"
[ "$LISTED" = "$before" ] || changed "loaded the rules for pods"

rules_are_loaded() { [ "$(nft --stateless list table inet "$TABLE" 2>/dev/null)" = "$LISTED" ]; }
holds "the rules that keep pods away from the datastore and from hosts were changed or removed" \
  rules_are_loaded TABLE LISTED
