#!/bin/bash
# Keeps one host of the lab under power: boots it, and again after each reboot, until it powers off or is cut off.
# Run from a copy in the host's folder. It dies with a kill, and its host with it.
# Its standard input is the host's lock: held by all that it begins, until that is the host, so that none outlives it
# unseen.
# Usage: supervise.sh FOLDER NAMESPACE ROUTER_NAMESPACE INTERFACE
set -euo pipefail
folder=$1 namespace=$2 router=$3 interface=$4
cd "$folder"

# The 22nd field of stat is the start time; the 2nd, in brackets, may hold anything.
stat=$(< "/proc/$$/stat")
read -r -a fields <<< "${stat##*) }"
echo "$$ ${fields[19]}" > supervisor

lay_cable() { # anew at each boot: as after any power cut, nothing that the host had set up is left
  ip -n "$router" link delete "$interface" 2> /dev/null || true
  ip netns delete "$namespace" 2> /dev/null || true
  ip netns add "$namespace"
  ip -n "$router" -batch router.batch
  ip -n "$namespace" -batch host.batch
}

say() { printf '%(%T)T %s\n' -1 "$1"; }

while :; do
  say "power on"
  lay_cable
  code=0
  setpriv --pdeathsig KILL nsenter --net="/run/netns/$namespace" \
    unshare --mount --uts --ipc --pid --fork --kill-child=KILL --propagation private \
    bash boot.sh enter "$namespace" || code=$?
  rm -f init
  # The kernel ends a namespace's init with SIGHUP for a reboot, and with SIGINT for a power-off.
  case $code in
    129) say "reboot" ;;
    130) say "power off"; exit 0 ;;
    *) say "ended with code $code"; exit 1 ;;
  esac
done
