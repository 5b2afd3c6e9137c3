# Makes this host take the IPv6 address that Oracle has assigned to it, and looks whether the host has it. Prints
# `taken`, or why not: a host without IPv6 serves its visitors by IPv4, so the step does not fail.
# Values: ADDRESS GATEWAY (the router of the subnet, as Oracle names it)
# shellcheck shell=bash disable=SC2154

# The address is set, not asked for by DHCPv6: systemd before 254 (Ubuntu 22.04, Debian 12) ignores Oracle's answers,
# which end with a stray byte (systemd issue 28183). Oracle assigns it for the life of the instance.

card() {
  ip -4 route show default |
    awk '!card { for (i = 1; i < NF; i++) if ($i == "dev") card = $(i + 1) } END { print card }'
}

has_address() { [ -n "$(ip -6 address show dev "$card" scope global to "$ADDRESS/128" -tentative)" ]; }

gateway() { ip -6 route show default dev "$card" | awk '!found && $2 == "via" { found = $3 } END { print found }'; }

has_way_out() { [ -n "$(gateway)" ]; }

# Whether the router tells its hardware address. The kernel asks for it as soon as there is a packet to send.
router_answers() {
  local router place
  router=$(gateway)
  case $router in fe80:*) place=$router%$card ;; *) place=$router ;; esac
  { echo >"/dev/udp/$place/9"; } 2>/dev/null || true
  ip -6 neighbour show to "$router" dev "$card" | awk '/ lladdr / && !/FAILED/ { found = 1 } END { exit !found }'
}

# within SECONDS COMMAND...
within() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.5
  done
}

# Prints why the host has no IPv6; nothing if it has.
trouble() {
  within 10 has_address || { echo "another device answers for $ADDRESS" && return; }
  within 10 router_answers || echo "its router $(gateway) does not answer"
}

card=$(card) cause="" network=""
[ -n "$card" ] || fail "has no default route"
# An image may take the address by itself: then it is left to it.
if ! { has_address && has_way_out; }; then
  if systemctl is-active -q systemd-networkd; then
    network=$(networkctl status "$card" | sed -n 's/^ *Network File: //p')
  fi
  case $network in
    */*.network)
      # For each start of systemd-networkd. Now `ip` does the same: a card that is set up again drops its connections.
      write_file "/etc/systemd/network/${network##*/}.d/50-tailnet-k3s-ipv6.conf" 0644 root <<END
[Network]
Address=$ADDRESS/128
[Route]
Gateway=$GATEWAY
GatewayOnLink=yes
END
      if ip -6 address replace "$ADDRESS/128" dev "$card" &&
        ip -6 route replace default via "$GATEWAY" dev "$card" onlink; then
        changed "took $ADDRESS"
      else
        cause="its kernel refuses $ADDRESS on $card by way of $GATEWAY"
      fi
      ;;
    *) cause="systemd-networkd does not manage its network card $card" ;;
  esac
fi
[ -n "$cause" ] || cause=$(trouble)

keeps_address() {
  [ -n "$(ip -6 address show dev "$card" to "$ADDRESS/128")" ] &&
    [ -n "$(ip -6 route show default dev "$card")" ]
}
never() { return 1; }
if [ -z "$cause" ]; then
  echo taken
  holds "it has lost its IPv6 address" keeps_address ADDRESS card
else
  say "no IPv6: $cause"
  printf '%s\n' "$cause"
  holds "it had no IPv6: $cause" never # so each `up` looks again
fi
