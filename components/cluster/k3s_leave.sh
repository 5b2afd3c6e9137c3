# This host is no node any more: k3s and its pods end, and what they left on the host goes. It has been drained before,
# unless the whole cluster goes: then what still runs gets some seconds to write its data down.
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

# descendants PID...: these processes and all beneath them.
descendants() {
  local pid
  for pid in "$@"; do
    printf '%s\n' "$pid"
    # shellcheck disable=SC2046 # a number a word
    descendants $(pgrep -P "$pid")
  done
}

for unit in k3s k3s-agent; do
  stop_service "$unit.service"
  remove_file "/etc/systemd/system/$unit.service"
done
reload_units

# shellcheck disable=SC2046,SC2086 # a number a word
end_pods() {
  local shims inside
  shims=$(pgrep -f '^/var/lib/rancher/k3s/data/.*/containerd-shim' || true)
  [ -n "$shims" ] || return 0
  inside=$(pgrep -P "${shims//$'\n'/,}" || true)
  kill -TERM $inside 2>/dev/null || true
  for _ in {1..20}; do
    kill -0 $inside 2>/dev/null || break
    sleep 0.5
  done
  kill -KILL $(descendants $shims) 2>/dev/null || true
  changed "ended the pods"
}

end_pods
while read -r _ mount _; do
  case $mount in /run/k3s/* | /var/lib/kubelet/* | /run/netns/cni-* | /var/lib/rancher/k3s/*) umount -l "$mount" ;; esac
done < <(tac /proc/self/mounts)
for link in cni0 flannel.1; do
  if ip link show "$link" >/dev/null 2>&1; then ip link delete "$link"; fi
done
for program in iptables ip6tables; do
  command -v "$program-save" >/dev/null || continue
  "$program-save" | grep -Ev 'KUBE-|CNI-|cali-|FLANNEL|flannel' | "$program-restore"
done
rm -rf /etc/rancher /var/lib/rancher/k3s /var/lib/kubelet/pods /run/k3s /run/flannel /etc/cni/net.d
remove_file /usr/local/bin/k3s
