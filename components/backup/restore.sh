# Fills the empty datastore from a backup, before the first server starts. Runs again at any time: a datastore that was
# filled from this backup stays as it is, and one with other data is refused. Nothing of the secrets stays on the host.
#
# Values: PROGRAM (text)  SETTINGS and PLACE (JSON; what the program must know, and where the bucket is)
# Secrets: ACCESS_KEY, SECRET_KEY (of the bucket)  IDENTITY (private key of age)  TOKEN (of the new stack's servers)
# Effect of the first run: fills the empty datastore from a backup; one that has data already is refused
# shellcheck shell=bash disable=SC2153,SC2154 # variables and verbs come from remote.py and prelude.sh

install_packages age gzip python3 python3-cryptography

# Here-documents may be in files: the secrets come by a pipe.
given() { printf '%s\0%s\0%s\0%s\0%s\0%s' "$SETTINGS" "$PLACE" "$ACCESS_KEY" "$SECRET_KEY" "$IDENTITY" "$TOKEN"; }
in_one() {
  python3 -c 'import json, sys
settings, place, access, secret, identity, token = sys.stdin.read().split("\0")
bucket = {**json.loads(place), "access_key": access, "secret_key": secret}
print(json.dumps({**json.loads(settings), "token": token, "identity": identity, "bucket": bucket}))'
}
said=$(given | in_one | python3 -c "$PROGRAM" 2>&1) || fail "${said##*$'\n'}"
case $said in unchanged*) ;; *) changed "${said//$'\n'/; }" ;; esac
