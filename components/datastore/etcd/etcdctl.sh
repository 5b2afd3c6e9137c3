# Verbs: ask the members of the etcd cluster, and change who is one. Other scripts come after it. They use DATA (folder
# of the data), TLS (folder of the certificates) and OWN_CLIENT (endpoint of this host's member).
# shellcheck shell=bash disable=SC2034,SC2154 # variables and verbs come from remote.py and prelude.sh

DATA=/var/lib/etcd/tailnet-k3s TLS=/etc/etcd/tls OWN_CLIENT=https://127.0.0.1:2379

# ctl ENDPOINTS COMMAND...: etcdctl with the certificate of this host.
ctl() {
  local endpoints=$1
  shift
  ETCDCTL_CACERT=$TLS/authority.crt ETCDCTL_CERT=$TLS/server.pem ETCDCTL_KEY=$TLS/server.pem \
    etcdctl --endpoints "$endpoints" --dial-timeout 3s --command-timeout 6s "$@"
}

# list ENDPOINTS: a line for each member: ID, started or unstarted, name, peer URL, client URL, whether it has no
# vote yet.
list() { ctl "$1" member list -w simple 2>/dev/null; }

# entry NAME ADDRESS <LIST: the line of the member with this name, else of the one with this address. Prints nothing if
# there is none.
entry() {
  awk -F ', ' -v name="$1" -v peer="https://$2:2380" \
    '$3 == name && !named { named = $0 } $4 == peer && !placed { placed = $0 } END { print (named ? named : placed) }'
}

is_healthy() { [ -n "$1" ] && ctl "$1" endpoint health >/dev/null 2>&1 </dev/null; }

# majority_without ID LEAVES <LIST: succeeds if the healthy members other than ID are a majority. LEAVES (yes, no):
# whether ID has no vote afterwards. Otherwise prints who does not answer.
majority_without() {
  local votes=0 healthy=0 silent="" id state name client learner
  while IFS=', ' read -r id state name _ client learner; do
    [ "$state" = started ] && [ "$learner" = false ] || continue
    if [ "$id" = "$1" ]; then
      [ "$2" = yes ] || votes=$((votes + 1))
      continue
    fi
    votes=$((votes + 1))
    if is_healthy "$client"; then healthy=$((healthy + 1)); else silent="$silent $name"; fi
  done
  [ "$healthy" -gt $((votes / 2)) ] || {
    echo "only $healthy of $votes members would be left to decide, and that is no majority. Start etcd on:$silent"
    return 1
  }
}

# remove_member ENDPOINTS ID NAME <LIST: takes a member out of the cluster. Fails before it does if no majority would be
# left.
remove_member() {
  local why
  why=$(majority_without "$2" yes) || fail "can't remove the member ${3:-$2}: $why"
  wait_until 60 "the cluster to remove the member ${3:-$2}" is_removed "$1" "$2"
  changed "removed the member ${3:-$2} from the cluster"
}

# is_removed ENDPOINTS ID: removes the member. etcd refuses it for some seconds after any other change of members.
is_removed() {
  local said
  said=$(ctl "$1" member remove "$2" 2>&1) || [[ $said == *"member not found"* ]] ||
    { echo "${said##*$'\n'}" && return 1; }
}

# set_data_aside: moves this host's copy away. It stays below /var/lib/etcd, which may be a mount point.
set_data_aside() {
  local aside
  [ -e "$DATA" ] || return 0
  aside=/var/lib/etcd/left/$(date -u +%Y%m%dT%H%M%SZ)
  { mkdir -p "${aside%/*}" && mv "$DATA" "$aside"; } || fail "can't move $DATA away"
  changed "moved the data to $aside"
}
