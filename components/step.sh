# Runs a step. remote.py writes this to every host, after prelude.sh and marks.sh in one file. For bash 5, as root.
#
#     step-1.sh HOST STEP FILE [NAME=VALUE | '|FURTHER LINE OF THE VALUE']... -- [LINE OF THE SCRIPT]...
#
# The value SECRETS has the names of secrets. Their values come by stdin in that order, as lines of NAME=BASE64. A
# cleanup step has the value UNDOES, the names of the steps that it undoes. It leaves no mark of its own.
# shellcheck shell=bash disable=SC2034,SC2154

# `timeout` (see rendering.py) sends SIGTERM to all processes of the step when the time limit is over.
trap 'fail "was ended (SIGTERM) after $SECONDS s, while it ran: ${BASH_COMMAND%%$'"'\\n'"'*}"' TERM

HOST=$1 STEP=$2
shift 3
while [ "$1" != -- ]; do
  case $1 in
    '|'*) printf -v "$name" '%s\n%s' "${!name}" "${1#|}" ;;
    *)
      name=${1%%=*}
      printf -v "$name" %s "${1#*=}"
      ;;
  esac
  shift
done
shift

for name in ${SECRETS:-}; do
  IFS= read -r line && [ "${line%%=*}" = "$name" ] || fail "the secret $name did not arrive: run up again"
  line=$(base64 -d <<<"${line#*=}")
  printf -v "$name" %s "$line"
done

script=$(printf '%s\n' "$@")
set --
unset name line
[ -n "${UNDOES+set}" ] || mark begun
eval "$script"
# shellcheck disable=SC2086 # UNDOES is a list of words
if [ -n "${UNDOES+set}" ]; then unmark $UNDOES; else mark_done; fi
