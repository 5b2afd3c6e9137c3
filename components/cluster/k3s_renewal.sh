# Renews k3s' own certificates before they end. k3s renews them only when it starts. So a timer restarts k3s when one of
# them ends within 90 days. Hosts take turns: each may restart in one hour of thirty only, its SLOT. A server waits
# until all servers are Ready, so that a failed restart stops the others. In the last ten days before the end, no host
# waits. k3s_leave.sh removes the timer.
#
# Values: SLOT (0 to 29; no two servers have the same)  ROLE (server, agent)
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

renew_in_turn() {
  local ending since state unit=k3s
  [ "$ROLE" = server ] || unit=k3s-agent
  ending=$(ending_certificate 90) || {
    [ "$?" != 1 ] || return 0
    echo "$ending"
    return 1
  }
  [ "$(($(date +%s) / 3600 % 30))" = "$SLOT" ] || return 0
  if ! ending_certificate 10 >/dev/null && ! api_answers; then
    echo "waits, because not all servers are Ready: ${ending/ / ends on }"
    return 1
  fi
  echo "restarts $unit, because ${ending/ / ends on }"
  since=$(date -u +%FT%TZ)
  systemctl restart --no-block "$unit.service" || return 1
  until state=$(is_back "$since" 2>&1); do
    [ "$SECONDS" -lt 600 ] || { echo "the node is not Ready again: $state" && return 1; }
    sleep 2
  done
  note_not_renewed 90
}
api_answers() { # an agent may ask for its own node only
  local ready='{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}' states
  if [ "$ROLE" = agent ]; then
    ask_as_node node "$HOST" -o name >/dev/null
  else
    states=$(k3s kubectl --request-timeout=5s get nodes -l node-role.kubernetes.io/control-plane \
      -o jsonpath="$ready") &&
      [ -n "$states" ] && ! grep -vqx True <<<"$states"
  fi
}

install_packages openssl
write_file /usr/local/sbin/k3s-renewal 0755 root <<END
#!/bin/bash
# Written by tailnet-k3s: restarts k3s on this host before its certificates end.
set -uo pipefail
export LC_ALL=C
$(declare -p HOST ROLE SLOT)
$(declare -f ending_certificate note_not_renewed ask_as_node is_back api_answers renew_in_turn)
renew_in_turn
END
write_file /etc/systemd/system/k3s-renewal.service 0644 root <<'END'
[Unit]
Description=Restarts k3s before its certificates end
[Service]
Type=oneshot
ExecStart=/usr/local/sbin/k3s-renewal
END
write_file /etc/systemd/system/k3s-renewal.timer 0644 root <<'END'
[Unit]
Description=Looks every hour whether k3s' certificates end soon
[Timer]
OnCalendar=*:10
[Install]
WantedBy=timers.target
END
run_service k3s-renewal.timer /etc/systemd/system/k3s-renewal.timer
