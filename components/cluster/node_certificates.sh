# Verbs: the ends of k3s' own certificates on this host, and whether its node is back after a restart. The timer of
# k3s_renewal.sh uses the same functions, so they call no other verb.
#
# k3s' certificates last for a year. k3s renews those that end within 120 days, and only when it starts. Certificates of
# its authorities last for ten years. These verbs leave them out.
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

# ending_certificate DAYS: prints the path and the end of a certificate that ends within DAYS. Returns 1 if there is
# none. If openssl can't read the end, prints why and returns 2. Leaves out certificates that a restart did not renew: a
# second restart would not renew them either.
ending_certificate() {
  local file text end
  for file in /var/lib/rancher/k3s/{server/tls,server/tls/*,agent}/*.crt; do
    case $file in *-ca.crt | *-ca.nochain.crt | */temporary-certs/* | *'*'*) continue ;; esac
    # fails for a certificate that ends, too
    text=$(openssl x509 -noout -enddate -checkend "$(($1 * 86400))" -in "$file" 2>&1) || true
    case $text in
      *"Certificate will not expire"*) continue ;;
      *notAfter=*"Certificate will expire"*) end=${text#*notAfter=} && end=${end%%$'\n'*} ;;
      *) echo "openssl does not tell the end of $file: ${text%%$'\n'*}" && return 2 ;;
    esac
    ! grep -qxF "$file $end" /run/k3s-not-renewed 2>/dev/null || continue
    printf '%s %s\n' "$file" "$end"
    return 0
  done
  return 1
}

# note_not_renewed DAYS: call it after a restart. Prints the certificates that the restart did not renew, and notes them
# in a file that is gone after a reboot.
note_not_renewed() {
  local ending
  while ending=$(ending_certificate "$1"); do
    printf '%s\n' "$ending" >>/run/k3s-not-renewed
    echo "k3s was restarted, and has not renewed ${ending/ /, which ends on }"
  done
  [ -z "$ending" ] || echo "$ending"
}

# ask_as_node ARGUMENTS: `kubectl get` with the node's own rights. An agent has no others.
ask_as_node() {
  local credentials=/var/lib/rancher/k3s/agent/kubelet.kubeconfig
  k3s kubectl --kubeconfig "$credentials" --request-timeout=5s get "$@"
}

is_back() { # SINCE: the node is Ready, and has said so after that time
  local renewed ready
  renewed=$(ask_as_node -n kube-node-lease lease "$HOST" -o jsonpath='{.spec.renewTime}') &&
    ready=$(ask_as_node node "$HOST" -o jsonpath='{.status.conditions[?(@.type=="Ready")].status}') || return 1
  [[ $ready = True && $renewed > $1 ]] || { echo "Ready is $ready, last heartbeat at $renewed" && return 1; }
}
