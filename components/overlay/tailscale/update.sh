# Updates Tailscale on this host to VERSION. The step's own SSH connection uses Tailscale, so a unit of its own does the
# update. If the host does not come back to the tailnet, the unit restores the earlier version. Hosts that run take
# turns. install.sh comes before this script.
#
# Values: those of install.sh, VERSION, CONTROL_SERVER (empty: Tailscale's own)
# Effect of VERSION: tailscaled restarts, 5 to 10 s, one host after another; connections wait
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

unit=tailnet-k3s-tailscale work=/var/lib/tailnet-k3s/tailscale-update

# is_current: succeeds if tailscaled runs VERSION, or does not answer. Else it prints which version runs.
is_current() {
  local seen
  seen=$(tailscale version --daemon 2>/dev/null) || return 0
  seen=$(sed -n 's/^Daemon: *//p' <<<"$seen")
  case $seen in
    "" | "$VERSION" | "$VERSION"-*) ;;
    *) echo "its Tailscale is ${seen%%-*}, not $VERSION" && return 1 ;;
  esac
}
tells_its_version() {
  local seen
  if ! seen=$(tailscale version --daemon 2>&1) || ! grep -q '^Daemon: *.' <<<"$seen"; then
    tail -n 1 <<<"$seen"
    return 1
  fi
}
has_ended() {
  case $(systemctl is-active "$unit.service") in "" | active | activating | deactivating) return 1 ;; esac
}
reaches_control_server() {
  curl -sS -o /dev/null -m 10 "${CONTROL_SERVER:-https://controlplane.tailscale.com}/key" 2>&1
}

# what_holds: prints what steps have left on this host and still is so: the scripts of `holds`, in base64.
what_holds() {
  local text
  { awk -F '\t' '$1 == "holds" { print $3 }' "$MARKS_FOLDER"/* 2>/dev/null || true; } | while read -r text; do
    if base64 -d <<<"$text" | timeout 5 bash -euo pipefail >/dev/null 2>&1; then printf '%s\n' "$text"; fi
  done
}
holds_again() {
  local text now
  for text in $1; do
    now=$(base64 -d <<<"$text" | timeout 5 bash -euo pipefail 2>/dev/null) ||
      { printf '%s\n' "${now:-something}" && return 1; }
  done
}

# exchange FOLDER VERSION: installs the files of the folder, restarts tailscaled, and waits until the host is back.
# Prints what is wrong otherwise. This and the next function run in the unit, without the verbs.
exchange() {
  local end=$((SECONDS + 60))
  install -m 0644 "$1/tailscaled.service" /etc/systemd/system/tailscaled.service || return 1
  install -m 0755 "$1/tailscale" /usr/bin/tailscale.new && mv -f /usr/bin/tailscale.new /usr/bin/tailscale || return 1
  install -m 0755 "$1/tailscaled" /usr/sbin/tailscaled.new &&
    mv -f /usr/sbin/tailscaled.new /usr/sbin/tailscaled || return 1
  systemctl daemon-reload
  timeout 90 systemctl restart tailscaled.service 2>&1 | tail -n 1
  until timeout 5 tailscale version --daemon 2>/dev/null | grep -q "^Daemon: *$2" &&
    timeout 5 tailscale ip -4 >/dev/null 2>&1 &&
    timeout 5 tailscale status --peers=false >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] ||
      { journalctl -q _SYSTEMD_UNIT=tailscaled.service -n 1 -o cat | cut -c -200 && return 1; }
    sleep 0.5
  done
}
update_detached() { # WORK VERSION
  local why
  if why=$(exchange "$1/new" "$2" 2>&1); then
    echo "done" >"$1/result"
    return
  fi
  why="the update of Tailscale to $2 failed: ${why##*$'\n'}."
  if exchange "$1/before" "" >/dev/null 2>&1; then
    echo "$why The earlier version runs again" >"$1/result"
  else
    echo "$why The earlier version does not run either: log in at the console" >"$1/result"
  fi
}

update() {
  local before result
  wait_until 30 "the control server to answer, which tailscaled asks after its restart" reaches_control_server
  rm -rf "$work"
  unpack_tailscale "$work/new"
  "$work/new/tailscaled" --version >/dev/null 2>&1 || fail "the tailscaled of $NAME does not run on this host"
  mkdir -p "$work/before"
  mv "$work/new/systemd/tailscaled.service" "$work/new/"
  cp -p /usr/bin/tailscale /usr/sbin/tailscaled /etc/systemd/system/tailscaled.service "$work/before/"
  before=$(what_holds)
  {
    declare -f exchange update_detached
    echo "update_detached $work $VERSION"
  } >"$work/update.sh"
  quietly "starting the update" systemd-run --quiet --collect --unit="$unit" bash "$work/update.sh"
  wait_until 400 "tailscaled to be exchanged" has_ended
  result=$(cat "$work/result" 2>/dev/null) || result="the update of Tailscale was interrupted"
  rm -rf "$work"
  [ "$result" = "done" ] || fail "$result"
  changed "updated Tailscale to $VERSION"
  find /var/lib/tailnet-k3s -maxdepth 1 -name 'tailscale_*' ! -name "$NAME*" -delete
  wait_until 120 "this host to be as it was before the restart of tailscaled" holds_again "$before"
}

wait_until 400 "an earlier update of Tailscale to end" has_ended
# User data has enabled it on a machine of a cloud, and user data leaves no mark.
enable_service tailscaled.service
claim unit tailscaled.service
if has_own_tailscale; then
  say "has a Tailscale that its owner has installed: it stays as it is"
else
  wait_until 60 "tailscaled to tell its version" tells_its_version
  is_current >/dev/null || update
  holds "its Tailscale is not $VERSION" is_current VERSION
fi
