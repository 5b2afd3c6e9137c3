# Makes this voter refuse others that have no certificate, once all of them have one. It restarts for that, if it took
# both. A voter of a new cluster has TLS only from its beginning.
#
# Values: SETTINGS (a text)  FILE (where it is)  UNIT  READY (a function of group.sh); further values,
#   WITHOUT: see group.sh
# Effect of the first run: perhaps a voter of the database restarts, 5 to 15 s, to refuse others without TLS
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py, prelude.sh and group.sh

WITHOUT=""
! takes_plain "$FILE" || find_voters_without_tls
if [ -n "$WITHOUT" ]; then
  say "voters without a certificate are still let in, until $WITHOUT takes TLS"
else
  write_file "$FILE" 0644 root <<<"$SETTINGS"
  before=$changes
  run_service "$UNIT" "$FILE"
  [ "$changes" = "$before" ] || sleep 1 # is_connected would read the journal of the previous run
  wait_until 900 "this voter to be back in the group" "$READY"
fi

refuses_strangers() { ! grep -q 'socket\.dynamic=' "$FILE"; }
holds "voters without a certificate are let in, for one had none" refuses_strangers FILE
