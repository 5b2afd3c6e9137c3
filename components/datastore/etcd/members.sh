# Removes members that are not in the settings any more, one after another: hosts that are gone, or that leave.
#
# Values: MEMBERS (NAME=ADDRESS,…)  from etcdctl.sh OWN_CLIENT
# Effect of MEMBERS: takes members that the settings no longer name out of the datastore, if there are any
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py, prelude.sh and etcdctl.sh

removed=1
while [ -n "$removed" ]; do
  removed=""
  seen=$(list "$OWN_CLIENT") || fail "this member does not answer: $(unit_problem etcd.service)"
  while IFS=', ' read -r id _ name _; do
    if [[ ,$MEMBERS != *",$name="* ]] || [ -z "$name" ]; then
      remove_member "$OWN_CLIENT" "$id" "$name" <<<"$seen"
      removed=$id
      break
    fi
  done <<<"$seen"
done
