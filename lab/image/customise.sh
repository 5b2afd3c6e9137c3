#!/bin/bash
# Makes a plain Debian root folder into the image of a cloud whose hosts share one kernel. Run by mmdebstrap at its end.
# Usage: customise.sh ROOT
set -euo pipefail
root=$1

# What building needed, and what each host must have for itself.
rm -f "$root"/etc/apt/apt.conf.d/99mmdebstrap "$root"/etc/apt/sources.list.d/*
rm -f "$root"/etc/ssh/ssh_host_* "$root"/etc/hostname "$root"/etc/resolv.conf "$root"/var/lib/dbus/machine-id
: > "$root/etc/machine-id"

# A cloud's image points at the cloud's mirror.
echo 'deb [trusted=yes] http://packages.lab.test/ ./' > "$root/etc/apt/sources.list"

# Nobody is let in but by a key that cloud-init brings, and nobody as root.
chroot "$root" usermod --lock root
cat > "$root/etc/ssh/sshd_config.d/10-image.conf" <<'EOF'
PermitRootLogin no
PasswordAuthentication no
UseDNS no
EOF

# User data lies in the host's own seed folder; network, locale and disks are not cloud-init's here.
cat > "$root/etc/cloud/cloud.cfg.d/90-image.cfg" <<'EOF'
datasource_list: [NoCloud]
network: {config: disabled}
apt: {preserve_sources_list: true}
locale: false
growpart: {mode: "off"}
resize_rootfs: false
grub_dpkg: {enabled: false}
EOF

# The kernel's log is the whole machine's, not a host's.
mkdir -p "$root/etc/systemd/journald.conf.d"
cat > "$root/etc/systemd/journald.conf.d/image.conf" <<'EOF'
[Journal]
ReadKMsg=no
EOF

# systemd takes a read-only /sys for a sign that there are no disks, and leaves those of /etc/fstab out. Where volumes
# can be attached it is wrong: they are mounted all the same, without waiting for what only udev would tell.
mkdir -p "$root/etc/systemd/system-generators"
cat > "$root/etc/systemd/system-generators/image-fstab" <<'EOF'
#!/bin/bash
set -euo pipefail
[ -r /etc/fstab ] || exit 0
while read -r what where kind options _; do
  case $what in UUID=* | LABEL=* | /dev/*) ;; *) continue ;; esac
  case $where in /?*) ;; *) continue ;; esac
  unit=$(systemd-escape --path --suffix=mount "$where") order=Before=local-fs.target wish=requires
  case ,$options, in *,nofail,*) order="" wish=wants ;; esac
  printf '%s\n' '[Unit]' 'SourcePath=/etc/fstab' "$order" '[Mount]' "What=$what" "Where=$where" \
    "Type=$kind" "Options=${options:-defaults}" > "$1/$unit"
  case ,$options, in *,noauto,*) continue ;; esac
  mkdir -p "$1/local-fs.target.$wish"
  ln -sf "../$unit" "$1/local-fs.target.$wish/$unit"
done < /etc/fstab
EOF
chmod 755 "$root/etc/systemd/system-generators/image-fstab"

# Of no use in a host without a console, disks or devices of its own.
for unit in apt-daily.timer apt-daily-upgrade.timer console-getty.service dev-hugepages.mount dpkg-db-backup.timer \
  e2scrub_all.timer e2scrub_reap.service fstrim.timer getty@.service modprobe@.service sys-fs-fuse-connections.mount \
  sys-kernel-debug.mount sys-kernel-tracing.mount systemd-modules-load.service systemd-udev-trigger.service \
  systemd-udevd.service; do
  ln -sfn /dev/null "$root/etc/systemd/system/$unit"
done
ln -sfn /lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"
