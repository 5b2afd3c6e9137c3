# Waits until the internet can be reached. An instance gets its public address some seconds after its start. If Pulumi
# was interrupted in between, it gets the address in the next run.
# Values: URL (of the next download)
# shellcheck shell=bash disable=SC2154

# Uses bash only, which every image has. Connects to the host and port of the URL.
answers() {
  local place=${URL#*://} port=443
  place=${place%%/*}
  case $URL in http://*) port=80 ;; esac
  case $place in *:*) port=${place##*:} place=${place%:*} ;; esac
  # shellcheck disable=SC2016
  timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2"' answers "$place" "$port" 2>&1
}

wait_until 86400 "a connection to the internet" answers
