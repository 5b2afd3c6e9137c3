# Adds a section to this host's HAProxy. HAProxy reads all files of a folder.
#
# Values: SECTION (its name)  TEXT
# Effect of TEXT: HAProxy restarts, under 1 s; open connections ($SECTION) end, and clients connect again
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

install_unstarted haproxy.service haproxy

folder=/etc/haproxy/tailnet-k3s
# A changed comment in this file would restart HAProxy on every host.
write_file "$folder/00-all.cfg" 0644 root <<'CFG'
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
write_file "$folder/$SECTION.cfg" 0644 root <<<"$TEXT"
write_file /etc/default/haproxy 0644 root <<<"CONFIG=$folder"

quietly "checking HAProxy's settings" haproxy -c -q -f "$folder"
# Restart, not reload: a reload keeps old sessions, so two members could get writes.
before=$changes
run_service haproxy.service "$folder/00-all.cfg" "$folder/$SECTION.cfg" /etc/default/haproxy
[ "$changes" = "$before" ] || sleep 0.2
wait_until 30 "HAProxy to run" is_running haproxy.service
