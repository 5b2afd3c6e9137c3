# Gives this host's HAProxy a section beside those that it has. HAProxy reads all files of a folder.
#
# Values: SECTION (its name)  TEXT
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

install_packages haproxy

folder=/etc/haproxy/tailnet-k3s
write_file "$folder/00-all.cfg" 0644 root <<'CFG' || true
global
  user haproxy
  group haproxy
  maxconn 4096
  log stderr format raw local0 notice
defaults
  mode tcp
  log global
  timeout connect 2s
  timeout check 1s
  # a peer that vanished without a word
  option clitcpka
  option srvtcpka
CFG
write_file "$folder/$SECTION.cfg" 0644 root <<<"$TEXT" || true
write_file /etc/default/haproxy 0644 root <<<"CONFIG=$folder" || true

quietly "checking HAProxy's settings" haproxy -c -q -f "$folder"
# A restart, for a reloaded HAProxy keeps the old sessions: two writers.
if run_service haproxy.service "$folder/00-all.cfg" "$folder/$SECTION.cfg" /etc/default/haproxy; then sleep 0.2; fi
wait_until 30 "HAProxy to run" is_running haproxy.service
