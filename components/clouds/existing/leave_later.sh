# Lets this machine run the script LEAVE by itself, which ends the connection that this step came by. It waits until the
# verbs are gone, which are the last that the program removes from a machine, or 10 minutes. Its messages are in the
# journal: journalctl -u tailnet-k3s-leave
# Values: LEAVE (text of a script), NAMES (of its values, with spaces between; they are values of this step, too), VERBS
#   (folder), COPY (path for a copy of the verbs)
# Effect of removal: leaves the tailnet, or gets its earlier name back; the program's user is deleted
# shellcheck shell=bash disable=SC2154

arguments=("$HOST" "$STEP" "$COPY" UNDOES=)
for name in $NAMES; do arguments+=("$name=${!name}"); done
mapfile -t lines <<<"$LEAVE"

cp "$0" "$COPY"
systemctl reset-failed tailnet-k3s-leave.service 2>/dev/null || true
# shellcheck disable=SC2016 # the other bash expands these
quietly "starting what makes this machine leave" systemd-run --quiet --collect --unit=tailnet-k3s-leave bash -c '
  for _ in {1..600}; do [ -e "$0" ] || break; sleep 1; done
  sleep 2
  bash "$@"
  rm -f "$1"' "$VERBS" "$COPY" "${arguments[@]}" -- "${lines[@]}"
changed "this machine leaves the tailnet by itself within 10 minutes"
