# A verb: prints the IPv4 address of the network card that leads to the internet. Visitors' packets arrive with it: whoever
# translates the public address puts it there. Prints nothing where only the tailnet leads there.
#
# Values: INTERFACE (of the tailnet)
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

card_address() { # awk reads to the end: nobody's pipe breaks
  local card
  card=$(ip -4 route show table main default | awk -v tailnet="$INTERFACE" '
    { for (i = 2; i <= NF; i++) if (!card && $(i - 1) == "dev" && $i != tailnet) card = $i } END { print card }')
  [ -n "$card" ] || return 0
  # The source that the kernel takes with that card. Nothing is sent, and the tailnet's own routes are not asked.
  ip -4 route get 192.0.2.1 oif "$card" | awk '{ for (i = 2; i <= NF; i++) if ($(i - 1) == "src") print $i }'
}
