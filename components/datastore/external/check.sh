# Checks from this server that the owner's database will do as the cluster's datastore: it can be reached, its
# certificate is good, it takes the login, and k3s may create tables and write there. Changes nothing that is there
# already. A database that does not exist yet is created, as k3s would do it.
# Values: DATASTORE (which one, for people)  CLIENT (Debian package)  PROGRAM (check.py)
# Secrets: TARGET (JSON, see external.py)
# Effect of the first run: checks that this server can use $DATASTORE
# Effect of SECRETS DATASTORE: checks again that this server can use $DATASTORE
# shellcheck shell=bash disable=SC2153,SC2154 # variables and verbs come from remote.py and prelude.sh

: "$DATASTORE" # only the effects show it
install_packages ca-certificates python3 "$CLIENT"

# The step of the node writes `flannel-iface` once the new cluster's API has answered.
has_cluster=no
if grep -qs '^flannel-iface:' /etc/rancher/k3s/config.yaml; then has_cluster=yes; fi
# A pipe from a builtin: the password is in no file and in no argument.
said=$(printf '%s' "$TARGET" | python3 -c "$PROGRAM" "$HOST" "$has_cluster" 2>&1) || fail "$(tail -n 1 <<<"$said")"
[ -z "$said" ] || changed "$said"
