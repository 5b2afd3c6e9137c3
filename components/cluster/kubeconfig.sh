# Prints the administrator's kubeconfig, for use from elsewhere in the tailnet. Changes nothing.
#
# Values: ADDRESS (of this server)  CLUSTER (its name in the file)
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

file=/etc/rancher/k3s/k3s.yaml
wait_until 60 "k3s to write $file" test -s "$file"
sed -E "s#https://127\.0\.0\.1:[0-9]+#https://$ADDRESS:6443#; s/\bdefault$/$CLUSTER/" "$file"
