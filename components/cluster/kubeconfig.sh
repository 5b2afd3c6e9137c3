# Prints the administrator's kubeconfig, with this server's tailnet address. Changes nothing. Runs again when k3s has
# written another one: its certificate lasts for a year, and k3s renews it in the last months.
#
# Values: ADDRESS (of this server)  CLUSTER (its name in the file)
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

file=/etc/rancher/k3s/k3s.yaml
wait_until 60 "k3s to write $file" test -s "$file"
sed -E "s#https://127\.0\.0\.1:[0-9]+#https://$ADDRESS:6443#; s/\bdefault$/$CLUSTER/" "$file"

SUM=$(sha256sum "$file")
is_the_same() { sha256sum --status --check <<<"$SUM"; }
holds "the administrator's certificate was renewed" is_the_same SUM
