# Makes this host a member of the etcd cluster, and waits until it is healthy and has a vote. The steps of members run
# one after another, so a changed setting restarts one member at a time.
#
# A member with data starts with it. One without data joins the cluster that answers: as a learner, which gets its vote
# when it has copied everything. A cluster is created by the first member, and only when no other host has data of one.
#
# Values: MEMBER (its name)  ADDRESS  MEMBERS (NAME=ADDRESS,… in the order of the settings)  SETTINGS (text of
#   member.env) AUTHORITY, SERVER_CERTIFICATE and PEER_CERTIFICATE (PEM)  from etcdctl.sh DATA, TLS and OWN_CLIENT
# Secrets: SERVER_KEY  PEER_KEY
# Effect of the first run: becomes a member of the datastore
# Effect of SETTINGS AUTHORITY: etcd restarts, one member after another; writes wait up to 6 s when it is the leader
# Effect of SERVER_CERTIFICATE PEER_CERTIFICATE SECRETS: etcd shows other certificates to new clients; nothing restarts
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py, prelude.sh and etcdctl.sh

start=/run/etcd-member/start.env
IFS=, read -ra pairs <<<"$MEMBERS"
others=""
for pair in "${pairs[@]}"; do [ "${pair%%=*}" = "$MEMBER" ] || others+=",https://${pair#*=}:2379"; done
others=${others#,}

# look_around: prints the list of members, or `none` if no other host has data of a cluster.
look_around() {
  local pair said
  list "$others" && return 0
  for pair in "${pairs[@]}"; do
    [ "${pair%%=*}" != "$MEMBER" ] || continue
    said=$(presence "${pair#*=}") || { echo "no answer of ${pair%%=*}" && return 1; }
    [ "$said" = none ] ||
      { echo "${pair%%=*} has data of the cluster, but no majority answers: start etcd there" && return 1; }
  done
  [ "$MEMBER" = "${MEMBERS%%=*}" ] ||
    { echo "${MEMBERS%%=*} creates the cluster, and has not done so: run up again" && return 1; }
  echo none
}
# shellcheck disable=SC2016 # the inner bash expands it
presence() { timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/2382" && read -r said <&3 && echo "$said"' "$1" 2>/dev/null; }

# listed_by_others: prints the list of members. Prints nothing if no other member answers within some seconds.
listed_by_others() {
  local try
  for try in 1 2 3; do
    ! list "$others" || return 0
    sleep "$try"
  done
}

write_start() { # STATE MEMBERS
  write_file "$start" 0644 root <<<"ETCD_INITIAL_CLUSTER_STATE=$1
ETCD_INITIAL_CLUSTER=$2"
}

# join LIST: removes what was lost, and adds this host as a learner.
join() {
  local own id state name peer client learner seen=$1
  while IFS=', ' read -r id state name peer client learner; do
    if [ "$name" = "$MEMBER" ] || [ "$peer" = "https://$ADDRESS:2380" ]; then
      [ "$state" = started ] || continue # an interrupted run has added it
      remove_member "$others" "$id" "$name" <<<"$seen"
    elif ! in_settings "$name" && ! is_healthy "$client"; then
      remove_member "$others" "$id" "$name" <<<"$seen"
    fi
  done <<<"$seen"
  seen=$(list "$others") || fail "the other members do not answer any more: run up again"
  own=$(entry "$MEMBER" "$ADDRESS" <<<"$seen")
  if [ -z "$own" ]; then
    wait_until 60 "the cluster to take a new member" \
      ctl "$others" member add "$MEMBER" --learner --peer-urls "https://$ADDRESS:2380"
    changed "added this host to the cluster"
    seen=$(list "$others") || fail "the other members do not answer any more: run up again"
  fi
  write_start existing "$(awk -F ', ' -v me="$MEMBER" \
    '{ printf "%s%s=%s", (NR > 1 ? "," : ""), ($3 == "" ? me : $3), $4 }' <<<"$seen")"
}
in_settings() { [[ ,$MEMBERS == *",$1="* ]] && [ -n "$1" ]; }

rm -rf "${DATA%/*}/restoring" # what a restore decrypted that was killed
# The certificate and its key are one file: etcd reads both at each new connection.
write_file "$TLS/authority.crt" 0640 root:etcd <<<"$AUTHORITY"
write_file "$TLS/server.pem" 0640 root:etcd <<<"$SERVER_CERTIFICATE
$SERVER_KEY"
write_file "$TLS/peer.pem" 0640 root:etcd <<<"$PEER_CERTIFICATE
$PEER_KEY"
write_file /etc/etcd/member.env 0640 root:etcd <<<"$SETTINGS"

if [ -e "$DATA/member" ]; then
  seen=$(listed_by_others)
  if [ -n "$seen" ]; then
    own=$(entry "$MEMBER" "$ADDRESS" <<<"$seen")
    IFS=', ' read -r id _ _ peer _ <<<"$own"
    if [ -z "$own" ]; then
      say "the cluster does not know this member any more: it joins as a new one"
      stop_service etcd.service
      set_data_aside
    elif [ "$peer" != "https://$ADDRESS:2380" ]; then
      quietly "telling the cluster the new address" \
        ctl "$others" member update "$id" --peer-urls "https://$ADDRESS:2380"
      changed "told the cluster the new address of this member"
    fi
  fi
fi
if [ ! -e "$DATA/member" ]; then
  stop_service etcd.service
  wait_until 120 "the other members" look_around
  seen=$(look_around)
  if [ "$seen" = none ]; then write_start new "$MEMBER=https://$ADDRESS:2380"; else join "$seen"; fi
fi

files=(/etc/etcd/member.env "$TLS/authority.crt" /etc/systemd/system/etcd.service /usr/local/bin/etcd)
must_restart() {
  local file started
  started=$(start_of etcd.service)
  for file in "${files[@]}"; do [ "$(changed_at "$file")" -le "$started" ] || return 0; done
  return 1
}
if systemctl is-active -q etcd.service && must_restart && seen=$(list "$OWN_CLIENT"); then
  own=$(entry "$MEMBER" "$ADDRESS" <<<"$seen")
  lines=$(wc -l <<<"$seen")
  if [ "$lines" -gt 1 ]; then
    why=$(majority_without "${own%%,*}" no <<<"$seen") || fail "can't restart this member now: $why"
  fi
fi
run_service etcd.service "${files[@]}"
wait_until 600 "etcd to run" is_running etcd.service

has_vote() {
  local seen own id learner
  seen=$(list "$OWN_CLIENT,$others") || { echo "no member answers" && return 1; }
  own=$(entry "$MEMBER" "$ADDRESS" <<<"$seen")
  IFS=', ' read -r id _ _ _ _ learner <<<"$own"
  [ -n "$own" ] || { echo "the cluster does not list it" && return 1; }
  [ "$learner" != false ] || return 0
  ctl "$others" member promote "$id" 2>&1 | tail -n 1
  return 1
}
wait_until 900 "this member to have all data, and a vote" has_vote
wait_until 60 "this member to be healthy" is_healthy "$OWN_CLIENT"
remove_file "$start"

# It answers if there is a leader, no alarm (of a full database, for one), and a read that most members agree on.
member_is_healthy() {
  local seen end=$((SECONDS + 8))
  until seen=$(curl -sS -m 3 http://127.0.0.1:2381/health 2>&1) && [[ $seen == *'"health":"true"'* ]]; do
    systemctl is-active -q etcd.service || return 0 # the look reports the unit
    [ "$SECONDS" -lt "$end" ] || { echo "the etcd member is not healthy: ${seen:0:120}" && return 1; }
    sleep 1
  done
}
holds "the etcd member is not healthy" member_is_healthy
