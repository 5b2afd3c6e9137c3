# Removes the rules of Oracle's images that reject everything but SSH. The cloud's security list filters packets
# already, and pods must be able to reach their own host. The rules in OUTPUT that protect 169.254.0.0/16 stay.
# shellcheck shell=bash

# reject_rule PROGRAM CHAIN: prints the chain's first REJECT rule. awk must read all of its input (no broken pipe).
reject_rule() {
  local rules
  rules=$("$1" -w 30 -S "$2" 2>&1) || fail "$1 can't list the rules of $2: ${rules##*$'\n'}"
  awk '/ -j REJECT/ && !rule { rule = $0 } END { print rule }' <<<"$rules"
}

for program in iptables ip6tables; do
  command -v "$program" >/dev/null || continue
  [ "$program" = iptables ] || [ -e /proc/net/if_inet6 ] || continue # a kernel without IPv6
  for chain in INPUT FORWARD; do
    rule=$(reject_rule "$program" "$chain")
    while [ -n "$rule" ]; do
      # shellcheck disable=SC2086 # the rule is several words
      "$program" -w 30 -D ${rule#-A }
      changed "$program: removed ${rule#-A }"
      rule=$(reject_rule "$program" "$chain")
    done
  done
done
for saved in /etc/iptables/rules.v4 /etc/iptables/rules.v6; do
  if [ -e "$saved" ] && grep -Eq '^-A (INPUT|FORWARD) .*-j REJECT' "$saved"; then
    sed -i -E '/^-A (INPUT|FORWARD) .*-j REJECT/d' "$saved"
    changed "$saved: removed the REJECT rules"
  fi
done
