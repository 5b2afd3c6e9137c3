# Takes out the rules of Oracle's images that refuse everything but SSH: the cloud's security list decides who gets in,
# and pods must reach their own host. The rules that keep everyone from 169.254.0.0/16, in OUTPUT, stay.
# shellcheck shell=bash

# refusing PROGRAM CHAIN: the chain's first rule that refuses, if any. awk reads to the end: nobody's pipe breaks.
refusing() { "$1" -S "$2" | awk '/ -j REJECT/ && !rule { rule = $0 } END { print rule }'; }

for program in iptables ip6tables; do
  command -v "$program" >/dev/null || continue
  for chain in INPUT FORWARD; do
    while rule=$(refusing "$program" "$chain") && [ -n "$rule" ]; do
      # shellcheck disable=SC2086 # the rule is several words
      "$program" -D ${rule#-A }
      changed "$program: removed ${rule#-A }"
    done
  done
done
for saved in /etc/iptables/rules.v4 /etc/iptables/rules.v6; do
  if [ -e "$saved" ] && grep -Eq '^-A (INPUT|FORWARD) .*-j REJECT' "$saved"; then
    sed -i -E '/^-A (INPUT|FORWARD) .*-j REJECT/d' "$saved"
    changed "$saved: removed what refuses"
  fi
done
