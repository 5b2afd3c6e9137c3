# A verb: prints the IPv4 address of the network card with the default route. Packets of visitors have it as
# destination, after the cloud or router has translated the public address. Prints nothing if only the tailnet has a
# default route.
#
# Values: INTERFACE (of the tailnet)
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

card_address() { # awk must read all of its input, or `ip` would fail with a broken pipe
  local card
  card=$(ip -4 route show table main default | awk -v tailnet="$INTERFACE" '
    { for (i = 2; i <= NF; i++) if (!card && $(i - 1) == "dev" && $i != tailnet) card = $i } END { print card }')
  [ -n "$card" ] || return 0
  # The source address that the kernel uses with that card. This sends no packet and ignores routes of the tailnet.
  ip -4 route get 192.0.2.1 oif "$card" | awk '{ for (i = 2; i <= NF; i++) if ($(i - 1) == "src") print $i }'
}
