# Puts the timer for backups on this host. The program looks twice an hour whether the bucket has a backup of this slot,
# and makes one if not. backup_leave.sh removes it.
#
# The host keeps the servers' token encrypted only, so that a database host can open no Secret.
#
# Values: PROGRAM (text)  SETTINGS and PLACE (JSON; what the program knows, and where the bucket is)
#   RECIPIENT (public key)  MINUTE and OTHER_MINUTE (of each hour, when it looks)
# Secrets: ACCESS_KEY, SECRET_KEY (of the bucket)  TOKEN (of servers)
# Effect of the first run: gets a timer for backups
# shellcheck shell=bash disable=SC2153,SC2154 # variables and verbs come from remote.py and prelude.sh

install_packages age gzip python3

folder=/var/lib/tailnet-k3s/backup
mkdir -p "$folder"
# As in manifest.py. The token must not be a word of a command.
sum=$(printf "tailnet-k3s servers' token %s" "$TOKEN" | sha256sum)
for="${sum:0:16} $RECIPIENT"
known=$(cat "$folder/token.for" 2>/dev/null || true)
if [ "$known" != "$for" ] || [ ! -s "$folder/token.age" ]; then
  printf '%s' "$TOKEN" | age -r "$RECIPIENT" -o "$folder/token.new" || fail "age can't encrypt to $RECIPIENT"
  mv "$folder/token.new" "$folder/token.age"
  changed "encrypted the servers' token"
fi
write_file "$folder/token.for" 0600 root <<<"$for"

# The keys are in a file for root alone. Here-documents may be in other files: they reach python3 by a pipe.
given() { printf '%s\0%s\0%s\0%s\0%s' "$SETTINGS" "$PLACE" "${sum:0:16}" "$ACCESS_KEY" "$SECRET_KEY"; }
in_one() {
  python3 -c 'import json, sys
settings, place, token, access, secret = sys.stdin.read().split("\0")
bucket = {**json.loads(place), "access_key": access, "secret_key": secret}
print(json.dumps({**json.loads(settings), "token": token, "bucket": bucket}, sort_keys=True))'
}
settings=$(given | in_one)
write_file /etc/tailnet-k3s/backup.json 0600 root <<<"$settings"
write_file /usr/local/lib/tailnet-k3s-backup.py 0644 root <<<"$PROGRAM"
write_file /etc/systemd/system/tailnet-k3s-backup.service 0644 root <<'UNIT'
[Unit]
Description=Backs up the datastore of k3s, if nobody else has done so
[Service]
Type=oneshot
ExecStart=/usr/bin/python3 /usr/local/lib/tailnet-k3s-backup.py
CacheDirectory=tailnet-k3s-backup
CacheDirectoryMode=0700
UMask=0077
Nice=10
IOSchedulingClass=idle
MemoryMax=512M
TimeoutStartSec=3h
PrivateTmp=yes
NoNewPrivileges=yes
UNIT
write_file /etc/systemd/system/tailnet-k3s-backup.timer 0644 root <<UNIT
[Unit]
Description=Looks twice an hour whether the datastore was backed up
[Timer]
OnCalendar=*:$MINUTE,$OTHER_MINUTE
[Install]
WantedBy=timers.target
UNIT
run_service tailnet-k3s-backup.timer /etc/systemd/system/tailnet-k3s-backup.timer
reload_unit tailnet-k3s-backup.service
