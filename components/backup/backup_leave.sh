# Removes the timer for backups. Backups in the bucket stay.
# Effect of removal: makes no backups any more; those in the bucket stay
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

stop_service tailnet-k3s-backup.timer
stop_service tailnet-k3s-backup.service
remove_file /etc/systemd/system/tailnet-k3s-backup.{timer,service} /usr/local/lib/tailnet-k3s-backup.py \
  /etc/tailnet-k3s/backup.json
rm -rf /var/lib/tailnet-k3s/backup /var/cache/tailnet-k3s-backup
systemctl daemon-reload
