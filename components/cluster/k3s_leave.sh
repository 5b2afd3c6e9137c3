# Removes k3s from a host that is no longer a node: stops k3s and its pods, and deletes their files, mounts, network
# links and firewall rules. The node was drained before. If the whole cluster is deleted, pods get 10 s to save data.
# Effect of removal: k3s and all pods on this host stop; their files are deleted, local volumes of pods, too
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

# descendants PID...: prints these processes and all of their descendants.
descendants() {
  local pid
  for pid in "$@"; do
    printf '%s\n' "$pid"
    # shellcheck disable=SC2046 # a number a word
    descendants $(pgrep -P "$pid")
  done
}

stop_service k3s-renewal.timer
remove_file /etc/systemd/system/k3s-renewal.{timer,service} /usr/local/sbin/k3s-renewal
for unit in k3s k3s-agent; do
  stop_service "$unit.service"
  remove_file "/etc/systemd/system/$unit.service"
done
systemctl daemon-reload

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
mounts=$(tac /proc/self/mounts) || fail "can't read the mounts, so nothing was deleted"
while read -r _ mount _; do
  case $mount in /run/k3s/* | /var/lib/kubelet/* | /run/netns/cni-* | /var/lib/rancher/k3s/*) umount -l "$mount" ;; esac
done <<<"$mounts"
for link in cni0 flannel.1; do
  if ip link show "$link" >/dev/null 2>&1; then ip link delete "$link"; fi
done
for program in iptables ip6tables; do
  command -v "$program-save" >/dev/null || continue
  rules=$("$program-save") || fail "$program-save can't list the rules, so none were changed"
  others=$(awk '!/KUBE-|CNI-|cali-|FLANNEL|flannel/' <<<"$rules")
  [ "$others" = "$rules" ] || "$program-restore" <<<"$others"
done
# What its owner tells k3s in config.yaml.d was there before.
if [ -d /etc/rancher ]; then
  find /etc/rancher -mindepth 2 -maxdepth 2 ! -name config.yaml.d -exec rm -rf --one-file-system {} +
  find /etc/rancher -depth -type d -empty -delete
fi
# What is still mounted below them has data of others.
rm -rf --one-file-system /var/lib/rancher/k3s /var/lib/kubelet/pods /run/k3s /run/flannel /etc/cni/net.d
