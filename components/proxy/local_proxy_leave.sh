# Removes a section from this host's HAProxy. Stops HAProxy if it was the last one.
#
# Values: SECTION (its name)
# Effect of removal: HAProxy restarts without $SECTION, or stops
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

folder=/etc/haproxy/tailnet-k3s
# HAProxy still has the section, until it restarts: an interrupted run leaves this note, and the next one goes on there.
pending=$folder/$SECTION.leaving
if [ -e "$folder/$SECTION.cfg" ]; then
  touch "$pending"
  remove_file "$folder/$SECTION.cfg"
fi
if [ -e "$pending" ]; then
  if compgen -G "$folder/[!0]*.cfg" >/dev/null; then
    restart_service haproxy.service
  else
    stop_service haproxy.service
  fi
  rm -f "$pending"
fi
