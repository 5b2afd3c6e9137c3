# Removes the rules of Oracle's images that reject everything but SSH. The cloud's security list filters packets already,
# and pods must be able to reach their own host. The rules in OUTPUT that protect 169.254.0.0/16 stay.
# shellcheck shell=bash

# reject_rule PROGRAM CHAIN: prints the chain's first REJECT rule. awk must read all of its input (no broken pipe).
reject_rule() { "$1" -S "$2" | awk '/ -j REJECT/ && !rule { rule = $0 } END { print rule }'; }

for program in iptables ip6tables; do
  command -v "$program" >/dev/null || continue
  for chain in INPUT FORWARD; do
    while rule=$(reject_rule "$program" "$chain") && [ -n "$rule" ]; do
      # shellcheck disable=SC2086 # the rule is several words
      "$program" -D ${rule#-A }
      changed "$program: removed ${rule#-A }"
    done
  done
done
for saved in /etc/iptables/rules.v4 /etc/iptables/rules.v6; do
  if [ -e "$saved" ] && grep -Eq '^-A (INPUT|FORWARD) .*-j REJECT' "$saved"; then
    sed -i -E '/^-A (INPUT|FORWARD) .*-j REJECT/d' "$saved"
    changed "$saved: removed the REJECT rules"
  fi
done
