# A step's mark: a file on the host that says whether the step was done, and what it left behind.
# components/look/claims.py compares that with the host before each `up`. remote.py puts this on every host, between
# prelude.sh and step.sh.
#
# A mark is `RUN done` and lines of KIND, SUBJECT and TEXT with tabs between; or `RUN begun`, while the step runs and
# after one that failed. RUN is different each time.
# shellcheck shell=bash disable=SC2153,SC2154 # variables come from prelude.sh and step.sh
: "${MARKS_FOLDER:=/var/lib/tailnet-k3s/steps}"

# mark STATE [LINE]...: the whole mark at once.
mark() {
  local run file
  file=$MARKS_FOLDER/$STEP
  read -r run </proc/sys/kernel/random/uuid
  {
    mkdir -p "$MARKS_FOLDER" && printf '%s\n' "$run $1" "${@:2}" >"$file.new" && mv "$file.new" "$file"
  } || fail "can't write $file: is the disk full or read-only?"
}

mark_done() {
  local claim lines=()
  for claim in "${!claims[@]}"; do
    case $claim in
      file$'\t'*)
        [ -e "${claim#*$'\t'}" ] || continue
        claims["$claim"]=$(state_of_file "${claim#*$'\t'}")
        ;;
    esac
    lines+=("$claim"$'\t'"${claims[$claim]}")
  done
  mark "done" "${lines[@]}"
}

# state_of_file PATH: owner, rights and checksum; of a large file, size and time, for the look must take no time.
state_of_file() {
  local size sum
  size=$(stat -L -c %s "$1")
  if [ "$size" -gt 1000000 ]; then
    stat -L -c '%U:%G %a %s %Y' "$1"
  else
    sum=$(sha256sum <"$1")
    printf '%s %s\n' "$(stat -L -c '%U:%G %a' "$1")" "${sum%% *}"
  fi
}

# unmark STEP...: steps that have been undone.
unmark() {
  local step
  for step in "$@"; do rm -f "$MARKS_FOLDER/$step"; done
  rmdir "$MARKS_FOLDER" 2>/dev/null || true
}
