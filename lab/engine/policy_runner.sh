#!/bin/sh
# pulumi-analyzer-policy-python ENGINE PACK [-OPTION=VALUE]…: starts the policy pack in PACK, for an engine that has no
# language host. It looks for the Python as the published language host does: in the folder that the option virtualenv
# of PulumiPolicy.yaml names, from the pack; without one, as python3 or python of PATH. The lab's own Python is never
# taken for it: a pack that starts in the lab starts on its owner's computer, too.
set -eu

engine=$1
pack=$(cd -- "$2" && pwd -P)
shift 2
virtualenv=''
for option in "$@"; do
  case $option in
  -virtualenv=/*) virtualenv=${option#*=} ;;
  -virtualenv=*) virtualenv=$pack/${option#*=} ;;
  -*=*)
    printf '%s: the lab can start policy packs with the option virtualenv only, not %s\n' "$pack" "$option" >&2
    exit 1
    ;;
  esac
done
python=$(command -v python3 || command -v python)
if [ -n "$virtualenv" ]; then
  python=$virtualenv/bin/python
  export VIRTUAL_ENV="$virtualenv" PATH="$virtualenv/bin:$PATH"
  unset PYTHONHOME
fi
exec "$python" -u "$pack" "$engine"
