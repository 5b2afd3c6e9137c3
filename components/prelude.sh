# The verbs of every step. remote.py puts them in front of a step's script, after its variables; bash 5, as root.
#
# A script lists wanted states, and may run again at any time: a verb changes only what differs, and says what it
# changed. Everything is said on stderr, so that stdout is free for a step's result. A failed step's last line is
# `HOST STEP: cause`. Nothing here prints a variable's value that it was not given to print.
# shellcheck shell=bash
set -Eeuo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
umask 022
: "${HOST:=$(uname -n)}" "${STEP:=step}"
changes=0 broken=""

say() { printf '%s %s: %s\n' "$HOST" "$STEP" "$*" >&2; }

# changed WHAT: notes that this run changed something.
changed() {
  changes=$((changes + 1))
  say "$*"
}

# fail CAUSE: ends the step, also from within a subshell. The cause is the last line, and says what to do if that isn't
# plain.
FAILED=97
fail() {
  say "$*"
  exit "$FAILED"
}

finish() {
  local code=$?
  case $code in
    0) [ "$changes" != 0 ] || say "unchanged" ;;
    "$FAILED") ;; # has been said
    *) say "${broken:-ended} (exit code $code)" ;;
  esac
}
trap finish EXIT
# BASH_COMMAND is the text of the script, before values are put in: it can't show a secret.
note_broken() { broken="failed: ${1%%$'\n'*}"; }
trap 'note_broken "$BASH_COMMAND"' ERR

# quietly WHAT COMMAND...: runs a command whose output matters only when it fails; then its last lines are shown.
quietly() {
  local what=$1 output
  shift
  if ! output=$("$@" 2>&1 </dev/null); then
    printf '%s\n' "$output" | tail -n 15 >&2
    fail "$what failed: $(printf '%s\n' "$output" | grep -v '^[[:space:]]*$' | tail -n 1)"
  fi
}

# wait_until SECONDS WHAT COMMAND...: until the command succeeds; else fails with what it waited for and last saw. A
# command that calls `fail` ends the wait: it knows that waiting is in vain.
wait_until() {
  local limit=$1 what=$2 saw="" end
  shift 2
  end=$((SECONDS + limit))
  until saw=$("$@" 2>&1 </dev/null); do
    [ "$?" != "$FAILED" ] || { printf '%s\n' "$saw" >&2 && exit "$FAILED"; }
    [ "$SECONDS" -lt "$end" ] || fail "waited $limit s for: $what; saw: $(printf '%s' "${saw:-nothing}" | tail -n 1)"
    sleep 0.5
  done
}

# install_packages NAME...: those Debian packages that are missing. No service of theirs starts before it is configured.
install_packages() {
  local name missing=()
  for name in "$@"; do
    [ "$(dpkg-query -Wf '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
  done
  [ "${#missing[@]}" != 0 ] || return 0
  quietly "installing ${missing[*]}" flock /run/lock/tailnet-k3s-packages bash -c "$(declare -f apt_install); apt_install \"\$@\"" \
    apt_install "${missing[@]}"
  changed "installed ${missing[*]}"
}

# Runs under a lock, for steps of one host may run at once. While it runs, policy-rc.d refuses to start services.
apt_install() {
  set -e
  if [ ! -e /usr/sbin/policy-rc.d ] || grep -q tailnet-k3s /usr/sbin/policy-rc.d; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\n# tailnet-k3s: services start once they are configured\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
  fi
  [ -z "$(dpkg --audit)" ] || dpkg --configure -a # what an interrupted run left half done
  local apt=(apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=5 -o APT::Update::Error-Mode=any
    -o Dpkg::Options::=--force-confold)
  if [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -mmin -60 -print -quit)" ] ||
    ! "${apt[@]}" install --no-install-recommends "$@"; then
    "${apt[@]}" update
    "${apt[@]}" install --no-install-recommends "$@"
  fi
}

# write_file PATH MODE OWNER[:GROUP] <TEXT: true if that changed the file, false (1) if it was so already.
# Replaced whole, never half; made unreadable to others before its text is in it.
write_file() {
  local path=$1 mode=$2 owner=$3 new
  case $owner in *:*) ;; *) owner=$owner:$(id -gn "$owner") ;; esac
  mkdir -p "${path%/*}" || fail "can't make the folder of $path"
  new=$(umask 077 && mktemp "$path.new-XXXXXX") || fail "can't write beside $path"
  cat >"$new" || fail "can't write $path: is the disk full?"
  if [ "$(stat -c '%a %U:%G' "$path" 2>/dev/null)" = "$(printf '%o' "$((8#$mode))") $owner" ] &&
    cmp -s "$new" "$path"; then
    rm -f "$new"
    return 1
  fi
  { chown "$owner" "$new" && chmod "$mode" "$new" && mv -f "$new" "$path"; } || fail "can't replace $path"
  changed "wrote $path"
}

# remove_file PATH...: those that are there.
remove_file() {
  local path
  for path in "$@"; do
    [ -e "$path" ] || [ -L "$path" ] || continue
    rm -f "$path"
    changed "removed $path"
  done
}

# download URL SHA256 FILE MODE: FILE has that checksum and mode; fetched only if it hasn't. True if that changed it.
download() {
  local url=$1 sha256=$2 file=$3 mode=$4 new got
  if [ -e "$file" ] && sha256sum --status -c <<<"$sha256  $file"; then
    chmod "$mode" "$file"
    return 1
  fi
  mkdir -p "${file%/*}" || fail "can't make the folder of $file"
  new=$(mktemp "$file.new-XXXXXX") || fail "can't write beside $file"
  fetch "$url" "$new"
  got=$(sha256sum <"$new")
  if [ "${got%% *}" != "$sha256" ]; then
    rm -f "$new"
    fail "$url has the checksum ${got%% *}, not $sha256: nothing was installed"
  fi
  { chmod "$mode" "$new" && mv -f "$new" "$file"; } || fail "can't replace $file"
  changed "downloaded $file"
}

# checksum_in URL NAME: in `checksum`, the SHA-256 that a publisher's list (lines of `CHECKSUM  NAME`) gives for a file.
checksum_in() {
  local list
  list=$(mktemp)
  fetch "$1" "$list"
  checksum=$(awk -v name="$2" '$2 == name || $2 == "*" name { print $1 }' "$list")
  rm -f "$list"
  [[ $checksum =~ ^[0-9a-f]{64}$ ]] || fail "$1 has no checksum for $2"
}

# fetch URL FILE: the file is replaced, with whatever the server gives.
fetch() {
  local output
  if ! output=$(curl -fsSL --retry 5 --retry-all-errors --connect-timeout 10 --max-time 900 -o "$2" "$1" 2>&1); then
    rm -f "$2"
    fail "can't download $1: $(tail -n 1 <<<"$output")"
  fi
}

# reload_units: systemd reads its unit files again, if one of them changed.
reload_units() {
  systemctl daemon-reload
}

# run_service UNIT FILE...: enabled, running, and started after the last change of each FILE that it reads (also of one
# that an interrupted step wrote before it could restart the service). True if it was started; it may not be ready yet.
run_service() {
  local unit=$1 file property=ExecMainStartTimestamp started run
  shift
  enable_service "$unit"
  case $(systemctl is-active "$unit") in
    active | activating | reloading) ;;
    *)
      systemctl reset-failed "$unit" 2>/dev/null || true
      systemctl start --no-block "$unit" || fail "$unit can't be started: $(unit_trouble "$unit")"
      changed "started $unit"
      return 0
      ;;
  esac
  [ "${unit##*.}" != socket ] || property=ActiveEnterTimestamp
  started=$(systemctl show --timestamp=us -p "$property" --value "$unit")
  [ -n "$started" ] || return 1 # it is about to start, and will read them then
  started=$(date -d "$started" +%s.%6N)
  for file in "$@"; do
    if [ -e "$file" ] && awk "BEGIN { exit !($(stat -c %.6Z "$file") > $started) }"; then
      run=$(systemctl show -p InvocationID --value "$unit")
      systemctl reset-failed "$unit" 2>/dev/null || true # is_running counts from here
      systemctl restart --no-block "$unit" || fail "$unit can't be restarted: $(unit_trouble "$unit")"
      wait_until 120 "$unit to stop for a restart" runs_anew "$unit" "$run"
      changed "restarted $unit, for $file changed"
      return 0
    fi
  done
  return 1
}

runs_anew() { [ "$(systemctl show -p InvocationID --value "$1")" != "$2" ]; }

# restart_service UNIT: now, and waits until it runs.
restart_service() {
  systemctl reset-failed "$1" 2>/dev/null || true
  systemctl restart "$1" || fail "$1 can't be restarted: $(unit_trouble "$1")"
  changed "restarted $1"
}

# enable_service UNIT: starts with the host. A package that was installed while its service was masked left it disabled.
enable_service() {
  systemctl is-enabled -q "$1" 2>/dev/null && return 0
  quietly "enabling $1" systemctl enable "$1"
  changed "enabled $1"
}

# stop_service UNIT: stopped, and doesn't start with the host. One that is not there is stopped.
stop_service() {
  systemctl cat "$1" >/dev/null 2>&1 || return 0
  if systemctl is-active -q "$1" || systemctl is-enabled -q "$1" 2>/dev/null || [ "$(systemctl is-active "$1")" = activating ]; then
    quietly "stopping $1" systemctl disable --now "$1"
    changed "stopped $1"
  fi
}

# is_running UNIT: for wait_until; prints what the unit does instead. Fails once it has ended 8 times since its start.
is_running() {
  systemctl is-active -q "$1" && return 0
  [ "$(systemctl show -p NRestarts --value "$1")" -lt 8 ] || fail "$1 ends again and again: $(last_words "$1")"
  unit_trouble "$1"
  return 1
}

# unit_trouble UNIT: one line: its state, and the last thing that it logged.
unit_trouble() {
  printf '%s is %s; its last words: %s\n' "$1" "$(systemctl is-active "$1")" "$(last_words "$1")"
}

# last_words UNIT: the last line that it logged itself, not systemd about it.
last_words() { journalctl -q "_SYSTEMD_UNIT=$1" -n 1 -o cat 2>/dev/null | tr -d '\n' | cut -c -300; }
