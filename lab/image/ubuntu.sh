#!/bin/bash
# Makes a copy of the Debian image behave as an image of Ubuntu 24.04 does, as far as a step on it can tell.
# What it can't show: AppArmor, which is the kernel's; the versions of Ubuntu's packages; snapd, ufw and needrestart.
# Usage: ubuntu.sh ROOT
set -euo pipefail
root=$1

cat > "$root/etc/os-release" <<'END'
PRETTY_NAME="Ubuntu 24.04 LTS"
NAME="Ubuntu"
VERSION_ID="24.04"
VERSION="24.04 LTS (Noble Numbat)"
VERSION_CODENAME=noble
ID=ubuntu
ID_LIKE=debian
UBUNTU_CODENAME=noble
END
cat > "$root/etc/lsb-release" <<'END'
DISTRIB_ID=Ubuntu
DISTRIB_RELEASE=24.04
DISTRIB_CODENAME=noble
DISTRIB_DESCRIPTION="Ubuntu 24.04 LTS"
END
echo trixie/sid > "$root/etc/debian_version"
echo 'deb [trusted=yes] http://packages.lab.test/ubuntu/ ./' > "$root/etc/apt/sources.list"
sed -i 's/distro: debian$/distro: ubuntu/; s/name: debian$/name: ubuntu/; s/gecos: Debian$/gecos: Ubuntu/' \
  "$root/etc/cloud/cloud.cfg"

# sshd is started by its socket. Which ports that has is read from sshd's settings when systemd starts or is reloaded.
systemctl --root="$root" --quiet disable ssh.service
systemctl --root="$root" --quiet enable ssh.socket
cat > "$root/etc/systemd/system-generators/sshd-socket-generator" <<'END'
#!/bin/bash
set -euo pipefail
shopt -s nullglob
ports=$(awk 'tolower($1) == "port" { print $2 }' /etc/ssh/sshd_config.d/*.conf /etc/ssh/sshd_config)
[ -n "$ports" ] || exit 0
mkdir -p "$1/ssh.socket.d"
{ printf '[Socket]\nListenStream=\n' && printf 'ListenStream=%s\n' $ports; } > "$1/ssh.socket.d/addresses.conf"
END
chmod 755 "$root/etc/systemd/system-generators/sshd-socket-generator"

# Oracle's images of Ubuntu have rules in this file.
cat > "$root/etc/systemd/system/netfilter-persistent.service" <<'END'
[Unit]
Description=netfilter persistent configuration
DefaultDependencies=no
Before=network-pre.target shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target
ConditionPathExists=/etc/iptables/rules.v4
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/iptables-restore /etc/iptables/rules.v4
[Install]
WantedBy=multi-user.target
END

# systemd-networkd has the network card, by a file that netplan makes at each start. The lab has no DHCP: the card's
# IPv4 address is there already, and is kept. As in Oracle's images, nothing is said of IPv6.
cat > "$root/etc/systemd/system-generators/netplan" <<'END'
#!/bin/bash
set -euo pipefail
mkdir -p /run/systemd/network
printf '%s\n' '[Match]' 'Name=eth0' '[Network]' 'LinkLocalAddressing=ipv6' 'KeepConfiguration=yes' \
  > /run/systemd/network/10-netplan-eth0.network
END
chmod 755 "$root/etc/systemd/system-generators/netplan"

# An image is some weeks old: at its first start it upgrades itself, as unattended-upgrades does. Here it only holds the
# locks meanwhile, one after another, for less time than the real one.
cat > "$root/usr/local/lib/first-upgrade.py" <<'END'
import fcntl
import time

with open("/var/lib/apt/lists/lock", "w") as lists:
    fcntl.lockf(lists, fcntl.LOCK_EX)
    time.sleep(10)
locks = ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/cache/apt/archives/lock")
files = [open(name, "w") for name in locks]
for file in files:
    fcntl.lockf(file, fcntl.LOCK_EX)
time.sleep(15)
open("/var/lib/first-upgrade-done", "w").close()
END
cat > "$root/etc/systemd/system/first-upgrade.service" <<'END'
[Unit]
Description=First upgrade of this system
ConditionPathExists=!/var/lib/first-upgrade-done
[Service]
ExecStart=/usr/bin/python3 /usr/local/lib/first-upgrade.py
[Install]
WantedBy=multi-user.target
END
systemctl --root="$root" --quiet enable first-upgrade.service netfilter-persistent.service systemd-networkd.service
# All but the card is nobody's here.
systemctl --root="$root" --quiet disable systemd-networkd-wait-online.service
