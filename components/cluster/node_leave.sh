# A node leaves the cluster: its pods move to others, then it is forgotten. Run on a server.
#
# Values: NODE
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

ready='{.status.conditions[?(@.type=="Ready")].status}'
if state=$(k3s kubectl --request-timeout=20s get node "$NODE" -o jsonpath="$ready" 2>/dev/null); then
  # A lost one has nobody who would end its pods: once it is forgotten they are, too, and others take their place.
  # What refuses to move (a budget, a volume) doesn't hold up the removal that was asked for.
  [ "$state" != True ] ||
    k3s kubectl drain "$NODE" --ignore-daemonsets --delete-emptydir-data --force --timeout=120s >&2 ||
    say "$NODE is not empty after 120 s; it goes all the same"
  quietly "removing $NODE" k3s kubectl --request-timeout=20s delete node "$NODE"
  changed "removed $NODE"
fi
