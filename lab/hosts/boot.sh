#!/bin/bash
# Turns a fresh set of namespaces into a host: its control groups, its root file system, then systemd as its init.
# supervise.sh runs it in the host's folder, in two stages. The second one has a cgroup namespace rooted in the host's
# groups.
# Usage: boot.sh enter|start NAMESPACE
set -euo pipefail
stage=$1 namespace=$2
name=${namespace#*.}

if [ "$stage" = enter ]; then
  # Only what is inside the process namespace joins: systemd takes processes from outside for errors.
  while read -r _ group; do echo 0 > "$group/cgroup.procs"; done < cgroups
  exec unshare --cgroup bash boot.sh start "$namespace"
fi

# /proc is still the machine's: this is our own number as seen from outside, and our start time.
read -r stat < /proc/self/stat
read -r -a fields <<< "${stat##*) }"
echo "${stat%% *} ${fields[19]}" > init
exec < /dev/null  # whoever wants to end the host knows it from now on: it lets go of the lock

mount -t overlay overlay -o lowerdir=image,upperdir=upper,workdir=work root
for plain in plain/*; do
  mkdir -p "root/var/lib/${plain#*/}"
  mount --bind "$plain" "root/var/lib/${plain#*/}"
done
cd root
mount -t tmpfs -o nosuid,nodev,mode=755 run run
mkdir run/lock

# /proc/sys is the machine's but for the network. What a kubelet insists on setting, it finds set, in files of its own;
# and each boot has an identity of its own, by which a kubelet sees that its node was restarted.
mount -t proc -o nosuid,nodev,noexec proc proc
mount --bind proc/sys proc/sys
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
  kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000 \
  kernel/random/boot_id="$(< proc/sys/kernel/random/uuid)"; do
  file=run/.sysctl/${setting%=*}
  mkdir -p "${file%/*}"
  echo "${setting#*=}" > "$file"
  mount --bind "$file" "proc/sys/${setting%=*}"
done
mount -o remount,bind,ro,nosuid,nodev,noexec proc/sys
mount --bind proc/sys/net proc/sys/net
mount -o remount,bind,rw,nosuid,nodev,noexec proc/sys/net
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys

# Device nodes of its own: the machine's, bound here, would get their modes changed for everyone.
mount -t tmpfs -o nosuid,mode=755 dev dev
mkdir dev/net dev/pts dev/shm dev/mqueue
for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 kmsg:1:11 tty:5:0 net/tun:10:200 fuse:10:229; do
  IFS=: read -r file major minor <<< "$device"
  mknod -m 666 "dev/$file" c "$major" "$minor"
done
mknod -m 600 dev/console c 1 3
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5,nosuid,noexec devpts dev/pts
mount -t tmpfs -o nosuid,nodev shm dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
while read -r -a device; do bash ../plug.sh . "${device[@]}"; done < ../devices

# The same hierarchies as the machine has: each controller can be in one of them only.
mapfile -t hierarchies < <(cut -d ' ' -f 1 ../cgroups)
if [ "${hierarchies[*]}" = unified ]; then
  mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 sys/fs/cgroup
else
  mount -t tmpfs -o nosuid,nodev,noexec,mode=755 cgroup sys/fs/cgroup
  for hierarchy in "${hierarchies[@]}"; do
    folder=sys/fs/cgroup/${hierarchy#name=}
    mkdir "$folder"
    case $hierarchy in
      unified) mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$folder" ;;
      name=*) mount -t cgroup -o "nosuid,nodev,noexec,none,$hierarchy" cgroup "$folder" ;;
      *) mount -t cgroup -o "nosuid,nodev,noexec,$hierarchy" cgroup "$folder" ;;
    esac
    case $hierarchy in *,*) for one in ${hierarchy//,/ }; do ln -s "$hierarchy" "sys/fs/cgroup/$one"; done ;; esac
  done
  # kubelet 1.35 and newer refuse version 1, unless the machine's owner tells them to go on.
  mkdir -p etc/rancher/k3s/config.yaml.d
  echo 'kubelet-arg+: [fail-cgroupv1=false]' > etc/rancher/k3s/config.yaml.d/cgroup-v1.yaml
fi

# modprobe succeeds for what this kernel has (lab/hosts/machine.py looks for it) and fails for the rest.
modules=lib/modules/$(uname -r)
if [ ! -d "$modules" ]; then
  mkdir -p "$modules"
  touch "$modules/modules.order" "$modules/modules.builtin.modinfo"
  printf 'kernel/%s.ko\n' drivers/net/tun drivers/net/veth drivers/net/vxlan/vxlan fs/overlayfs/overlay \
    net/bridge/br_netfilter net/bridge/bridge net/ipv4/netfilter/ip_tables net/ipv6/netfilter/ip6_tables \
    net/netfilter/nf_conntrack > "$modules/modules.builtin"
  chroot . depmod
fi

hostname "$name"
mkdir -p .old
pivot_root . .old
umount -l /.old
rmdir /.old
mount --make-rshared /
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb container=lab \
  setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio /lib/systemd/systemd --system
