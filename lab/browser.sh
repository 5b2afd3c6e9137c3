# Opens a page in headless Chromium, in the network that this runs in: prints its document as it is once its scripts
# have run, and writes a picture of it. What the browser itself keeps is gone afterwards. Run in mount and pid
# namespaces of its own by lab/browser.py.
#
# Usage: browser.sh ROOT URL PICTURE AUTHORITY NAMESERVER   ROOT: the browser's root folder   AUTHORITY: CA to trust,
#   PEM
# shellcheck shell=bash
set -euo pipefail
root=$1 url=$2 picture=$3 authority=$4 nameserver=$5
chromium=(/usr/lib/chromium/chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars
  --no-first-run --disable-background-networking --disable-component-update "--window-size=1280,800" --timeout=45000
  --virtual-time-budget=15000)
# Not the owner's TMPDIR: that folder is not there in the browser's root.
export HOME=/tmp TMPDIR=/tmp LC_ALL=C.UTF-8 PATH=/usr/bin:/usr/sbin:/bin:/sbin

mount --make-rprivate /
mount -t tmpfs -o size=512m tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o "lowerdir=$root,upperdir=/mnt/upper,workdir=/mnt/work" overlay /mnt/root
cd /mnt/root
mkdir -p dev proc sys tmp/.pki/nssdb etc
mount -t proc proc proc
for device in full null random urandom zero; do
  [ -c "dev/$device" ] || mknod -m 666 "dev/$device" c "$(stat -c %Hr "/dev/$device")" "$(stat -c %Lr "/dev/$device")"
done
echo "nameserver $nameserver" >etc/resolv.conf
cp "$authority" tmp/authority.pem

chroot . /usr/bin/certutil -d sql:/tmp/.pki/nssdb -N --empty-password
chroot . /usr/bin/certutil -d sql:/tmp/.pki/nssdb -A -n authority -t C,, -i /tmp/authority.pem
timeout 90 chroot . "${chromium[@]}" --dump-dom --screenshot=/tmp/picture.png "$url"
cp tmp/picture.png "$picture"
