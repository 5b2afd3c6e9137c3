#!/bin/bash
# Tries what hosts need of the kernel, and prints a line for each thing that does not work. Run in a mount and a network
# namespace of its own, so that nothing of it stays. Usage: probe.sh FOLDER... (file systems that overlays will lie on)
set -uo pipefail
exec 3>&1 > /dev/null 2>&1

lacks() { echo "$1" >&3; }

overlay_works() {
  local place code=0
  place=$(mktemp -d "$1/.probe-XXXXXX") || return 1
  mkdir "$place/lower" "$place/upper" "$place/work" "$place/root"
  mount -t overlay overlay -o "lowerdir=$place/lower,upperdir=$place/upper,workdir=$place/work" "$place/root" &&
    umount "$place/root" || code=1
  rm -rf "$place"
  return "$code"
}

ip link add probe0 type veth peer name probe1 || lacks "cables between namespaces (veth)"
ip link add probe2 type bridge || lacks "bridges (bridge)"
ip link add probe3 type vxlan id 1 dstport 4789 dev probe0 || lacks "flannel's tunnels (vxlan)"
{ mount -t tmpfs tmpfs /mnt && mknod /mnt/tun c 10 200 && : <> /mnt/tun; } || lacks "Tailscale's tunnels (tun)"
nft 'table inet probe {
  map translated { type ipv4_addr : ipv4_addr; }
  chain arriving { type nat hook prerouting priority dstnat; dnat ip to ip daddr map @translated; }
  chain leaving { type filter hook postrouting priority srcnat + 10; ct state established accept; }
}' || lacks "packet filters with address translation (nf_tables, nf_nat, nf_conntrack)"
test -e /proc/sys/net/bridge/bridge-nf-call-iptables || lacks "packet filters for bridges: modprobe br_netfilter"
for folder in "$@"; do overlay_works "$folder" || lacks "overlays on $folder (overlay)"; done
exit 0
