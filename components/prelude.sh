# The verbs: functions for the scripts of all steps. For bash 5, as root. On a host they are in one file with step.sh.
#
# A script lists wanted states, so it may run again at any time. A verb changes only what differs, and logs each change.
# It succeeds, or it ends the step. Its exit status never says whether it changed something. The variable `changes`
# counts the changes of this run:
#
#     before=$changes
#     write_file /etc/thing.conf 0644 root <<<"$SETTINGS"
#     [ "$changes" = "$before" ] || restart_service thing.service
#
# Verbs log to stderr: stdout is for the step's result. The last line of a failed step is `HOST STEP: cause`. Verbs
# print only values that scripts pass to them for printing, so they cannot show a secret.
# shellcheck shell=bash
set -Eeuo pipefail
shopt -s inherit_errexit
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
umask 022
# Bash writes long here-documents to files in TMPDIR. Do not use /tmp, which may be full or read-only.
export -n TMPDIR
TMPDIR=/run
: "${HOST:=$(uname -n)}" "${STEP:=step}"
changes=0 broken=""
declare -A claims=() # what the step leaves behind, for marks.sh
PACKAGES_SECONDS=1500 # time limit of the wait for other package managers: shorter than a step's (remote.py)

say() { printf '%s %s: %s\n' "$HOST" "$STEP" "$*" >&2; }

# changed WHAT: logs a change, and counts it.
changed() {
  changes=$((changes + 1))
  say "$*"
}

# claim KIND SUBJECT [TEXT]: notes that the step leaves something so. components/look/claims.py checks it later. A mark
# has tabs and newlines between claims, so SUBJECT gets spaces instead of them.
# shellcheck disable=SC2034 # marks.sh reads it
claim() { claims["$1"$'\t'"${2//[[:cntrl:]]/ }"]=${3:-}; }

# disclaim KIND SUBJECT: others may change it, too.
disclaim() { unset "claims[$1"$'\t'"${2//[[:cntrl:]]/ }]"; }

# holds WORDS FUNCTION [VARIABLE]...: the function succeeds now, and at each look. When it fails, the first line that it
# prints is what differs, or WORDS if it prints nothing. It runs alone, without the script's other functions, as root,
# for 12 s at the most.
holds() {
  local words=$1 function=$2 text
  shift 2
  text=$(declare -f "$function"; [ "$#" = 0 ] || declare -p "$@"; printf '%s\n' "$function")
  claim holds "$words" "$(base64 -w 0 <<<"$text")"
}

# fail CAUSE: ends the step, also from a subshell. The cause becomes the last line. It says what to do, unless that is
# obvious.
FAILED=97
fail() {
  say "$*"
  exit "$FAILED"
}

finish() {
  local code=$?
  case $code in
    0) [ "$changes" != 0 ] || say "unchanged" ;;
    "$FAILED") ;; # already logged
    *) say "${broken:-ended} (exit code $code)" ;;
  esac
}
trap finish EXIT
# BASH_COMMAND is the script's text before expansion, so it contains no secret.
note_broken() {
  broken="failed: ${1%%$'\n'*}"
  shift
  [ "$#" = 1 ] || broken="$broken, or a command before it in its pipe ($*)"
}
trap 'note_broken "$BASH_COMMAND" "${PIPESTATUS[@]}"' ERR

# quietly WHAT COMMAND...: runs a command, and shows its last lines only if it fails.
quietly() {
  local what=$1 output
  shift
  if ! output=$("$@" 2>&1 </dev/null); then
    printf '%s\n' "$output" | tail -n 15 >&2
    fail "$what failed: $(printf '%s\n' "$output" | grep -v '^[[:space:]]*$' | tail -n 1)"
  fi
}

# wait_until SECONDS WHAT COMMAND...: repeats the command until it succeeds. After the time limit, fails with WHAT and
# the command's last line. A command that calls `fail` ends the wait at once.
wait_until() {
  local limit=$1 what=$2 output="" end
  shift 2
  end=$((SECONDS + limit))
  until output=$("$@" 2>&1 </dev/null); do
    [ "$?" != "$FAILED" ] || { printf '%s\n' "$output" >&2 && exit "$FAILED"; }
    [ "$SECONDS" -lt "$end" ] || fail "waited $limit s for: $what; saw: $(printf '%s' "${output:-nothing}" | tail -n 1)"
    sleep 0.5
  done
}

# install_packages NAME...: installs the Debian packages that are missing.
install_packages() { install_unstarted "" "$@"; }

# install_unstarted UNIT NAME...: like install_packages, but does not start the packages' service UNIT: a verb starts it
# after its configuration. Other services may start: the host may be upgrading itself at the same time.
install_unstarted() {
  local unit=$1 name missing=()
  shift
  for name in "$@"; do
    [ "$(dpkg-query -Wf '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
    claim package "$name"
  done
  if [ "${#missing[@]}" != 0 ]; then
    quietly "installing ${missing[*]}" flock /run/lock/tailnet-k3s-packages bash -c \
      "$(declare -f apt_install no_half_installed unlocked); apt_install \"\$@\"" apt_install \
      "$PACKAGES_SECONDS" "$unit" "${missing[@]}"
    changed "installed ${missing[*]}"
  fi
  # a step that was killed during an installation left it masked
  [ "$(readlink "/run/systemd/system/$unit")" != /dev/null ] ||
    quietly "unmasking $unit" systemctl unmask --runtime "$unit"
}

# apt_install SECONDS UNIT NAME...: runs in its own bash under a lock, because several steps may run on one host.
apt_install() {
  set -e
  limit=$1 unit=$2
  local apt=(apt-get -q -y -o DPkg::Lock::Timeout=0 -o Acquire::Retries=5 -o APT::Update::Error-Mode=any
    -o Dpkg::Options::=--force-confold)
  shift 2
  if [ -n "$unit" ]; then
    trap 'systemctl -q unmask --runtime "$unit"' EXIT
    systemctl -q mask --runtime "$unit"
  fi
  unlocked no_half_installed
  if [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -mmin -60 -print -quit)" ] ||
    ! unlocked "${apt[@]}" install --no-install-recommends "$@"; then
    unlocked "${apt[@]}" update
    unlocked "${apt[@]}" install --no-install-recommends "$@"
  fi
}

# Finishes an interrupted installation.
no_half_installed() { [ -z "$(dpkg --audit)" ] || dpkg --configure -a; }

# unlocked COMMAND...: repeats the command while another package manager holds a lock, for `limit` seconds at most. A
# new image upgrades itself for many minutes at its first boot. apt itself would wait for one of the locks only.
unlocked() {
  local output lock
  until output=$("$@" 2>&1); do
    printf '%s\n' "$output"
    lock=$(grep -m 1 -E 'Could not get lock|locked by another process' <<<"$output") || return 1
    if [ "$SECONDS" -ge "$limit" ]; then
      echo "another package manager is still at work after $limit s (${lock#*: }): check what it does, then try again"
      exit 1
    fi
    sleep 1
  done
}

# write_file PATH MODE OWNER[:GROUP] <TEXT: gives the file that text, mode and owner. Replaces it in one operation.
# Others can't read the new file before it has its mode. Never use it at the end of a pipe: it would write a failed
# command's output.
write_file() {
  local path=$1 mode=$2 owner=$3 new
  claim file "$path"
  case $owner in *:*) ;; *) owner=$owner:$(id -gn "$owner") ;; esac
  mkdir -p "${path%/*}" || fail "can't make the folder of $path"
  new=$(umask 077 && mktemp "$path.new-XXXXXX") || fail "can't write beside $path"
  cat >"$new" || fail "can't write $path: is the disk full?"
  if [ "$(stat -c '%a %U:%G' "$path" 2>/dev/null)" = "$(printf '%o' "$((8#$mode))") $owner" ] &&
    cmp -s "$new" "$path"; then
    rm -f "$new"
    return 0
  fi
  { chown "$owner" "$new" && chmod "$mode" "$new" && mv -fT "$new" "$path"; } || cant_replace "$path" "$new"
  changed "wrote $path"
}

cant_replace() { # PATH NEW
  rm -f "$2"
  [ ! -d "$1" ] || fail "can't replace $1: it is a folder. Move it away"
  fail "can't replace $1"
}

# remove_file PATH...: removes files that exist.
remove_file() {
  local path
  for path in "$@"; do
    disclaim file "$path"
    [ -e "$path" ] || [ -L "$path" ] || continue
    rm -f "$path"
    changed "removed $path"
  done
}

# download URL SHA256 FILE MODE: gives FILE that checksum and mode. Downloads it only if the checksum differs.
download() {
  local url=$1 sha256=$2 file=$3 mode=$4 new got
  claim file "$file"
  if [ -e "$file" ] && sha256sum --status -c <<<"$sha256  $file"; then
    # chmod would count as a change, also with the same mode
    [ "$(stat -c %a "$file")" = "$(printf '%o' "$((8#$mode))")" ] || chmod "$mode" "$file"
    return 0
  fi
  mkdir -p "${file%/*}" || fail "can't make the folder of $file"
  new=$(mktemp "$file.new-XXXXXX") || fail "can't write beside $file"
  fetch "$url" "$new"
  got=$(sha256sum <"$new")
  if [ "${got%% *}" != "$sha256" ]; then
    rm -f "$new"
    fail "$url has the checksum ${got%% *}, not $sha256: nothing was installed"
  fi
  { chmod "$mode" "$new" && mv -fT "$new" "$file"; } || cant_replace "$file" "$new"
  changed "downloaded $file"
}

# checksum_in URL NAME: sets `checksum` to the SHA-256 of NAME in a publisher's list (lines of `CHECKSUM  NAME`).
checksum_in() {
  local list
  list=$(mktemp -p "$TMPDIR")
  fetch "$1" "$list"
  checksum=$(awk -v name="$2" '$2 == name || $2 == "*" name { print $1 }' "$list")
  rm -f "$list"
  [[ $checksum =~ ^[0-9a-f]{64}$ ]] || fail "$1 has no checksum for $2"
}

# fetch URL FILE: downloads a file without verifying it.
fetch() {
  local output
  if ! output=$(curl -fsSL --retry 5 --retry-all-errors --connect-timeout 10 --max-time 900 -o "$2" "$1" 2>&1); then
    rm -f "$2"
    fail "can't download $1: $(tail -n 1 <<<"$output")"
  fi
}

# run_service UNIT FILE...: enables the unit and starts it. Restarts it if a FILE has changed since its start, for
# example a file that an interrupted step wrote before it could restart the unit. Does not wait until it is ready.
run_service() {
  local unit=$1 file started
  shift
  case $unit in *.*) ;; *) unit=$unit.service ;; esac
  claim unit "$unit" "$*"
  enable_service "$unit"
  reload_unit "$unit"
  case $(systemctl is-active "$unit") in
    active | activating | reloading) ;;
    *)
      systemctl reset-failed "$unit" 2>/dev/null || true
      systemctl start --no-block "$unit" || fail "$unit can't be started: $(unit_problem "$unit")"
      changed "started $unit"
      return 0
      ;;
  esac
  started=$(start_of "$unit")
  [ "$started" != 0 ] || return 0 # it is about to start, and will read the files then
  for file in "$@"; do
    if [ -e "$file" ] && [ "$(changed_at "$file")" -gt "$started" ]; then
      restart_and_wait "$unit" "$file changed"
      return 0
    fi
  done
}

# restart_and_wait UNIT WHY: restarts a unit that runs, and waits until its next run has begun, not until it is ready.
restart_and_wait() {
  local run
  run=$(systemctl show -p InvocationID --value "$1")
  systemctl reset-failed "$1" 2>/dev/null || true # is_running counts restarts from here
  systemctl restart --no-block "$1" || fail "$1 can't be restarted: $(unit_problem "$1")"
  wait_until 120 "$1 to stop for a restart" was_restarted "$1" "$run"
  changed "restarted $1, because $2"
}

# reload_unit UNIT: makes systemd read its unit files again, if one of this unit has changed.
reload_unit() {
  [ "$(systemctl show -p NeedDaemonReload --value "$1")" != yes ] || systemctl daemon-reload
}

# start_of UNIT: prints the time of its last start, in microseconds since 1970; 0 if it was never started.
start_of() {
  local property=Service.ExecMainStartTimestamp path
  [ "${1##*.}" = service ] || property=Unit.ActiveEnterTimestamp
  path=$(busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager GetUnit s "$1")
  path=${path#o \"} # busctl prints the type first
  path=$(busctl get-property org.freedesktop.systemd1 "${path%\"}" \
    "org.freedesktop.systemd1.${property%.*}" "${property#*.}")
  printf '%s\n' "${path#t }"
}

# changed_at FILE: prints the time of its last change, in microseconds since 1970.
changed_at() {
  local time
  time=$(stat -c %.6Z "$1")
  printf '%s\n' "${time/./}"
}

was_restarted() {
  local run
  run=$(systemctl show -p InvocationID --value "$1") && [ "$run" != "$2" ]
}

# restart_service UNIT: restarts it now, and waits until it runs.
restart_service() {
  systemctl reset-failed "$1" 2>/dev/null || true
  systemctl restart "$1" || fail "$1 can't be restarted: $(unit_problem "$1")"
  changed "restarted $1"
}

# enable_service UNIT: lets it start at boot. It is disabled if its package was installed while the service was masked.
enable_service() {
  systemctl is-enabled -q "$1" 2>/dev/null && return 0
  case $(systemctl is-enabled "$1" 2>/dev/null) in
    masked*) quietly "unmasking $1" systemctl unmask "$1" && quietly "unmasking $1" systemctl unmask --runtime "$1" ;;
  esac
  quietly "enabling $1" systemctl enable "$1"
  changed "enabled $1"
}

# stop_service UNIT: stops and disables it. Does nothing if the unit does not exist.
stop_service() {
  disclaim unit "$1"
  systemctl cat "$1" >/dev/null 2>&1 || return 0
  if systemctl is-active -q "$1" || systemctl is-enabled -q "$1" 2>/dev/null ||
    [ "$(systemctl is-active "$1")" = activating ]; then
    quietly "stopping $1" systemctl disable --now "$1"
    changed "stopped $1"
  fi
}

# is_running UNIT: for wait_until. Prints the unit's state if it does not run. Fails the step after 8 restarts.
is_running() {
  systemctl is-active -q "$1" && return 0
  [ "$(systemctl show -p NRestarts --value "$1")" -lt 8 ] || fail "$1 keeps ending: $(last_log_line "$1")"
  unit_problem "$1"
  return 1
}

# unit_problem UNIT: prints its state and its last log line, as one line.
unit_problem() {
  printf '%s is %s; its last log line: %s\n' "$1" "$(systemctl is-active "$1")" "$(last_log_line "$1")"
}

# last_log_line UNIT: prints the last line that the unit itself logged (not systemd).
last_log_line() { journalctl -q "_SYSTEMD_UNIT=$1" -n 1 -o cat 2>/dev/null | tr -d '\n' | cut -c -300; }
