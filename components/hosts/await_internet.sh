# Waits for a way to the internet: an instance of Oracle's gets its public address some seconds after it has started, or,
# where the program was interrupted in between, once it is run again.
# Values: URL (of what is downloaded next)
# shellcheck shell=bash disable=SC2154

# With what every image has. The address is the URL's, or its scheme's port.
answers() {
  local place=${URL#*://} port=443
  place=${place%%/*}
  case $URL in http://*) port=80 ;; esac
  case $place in *:*) port=${place##*:} place=${place%:*} ;; esac
  # shellcheck disable=SC2016
  timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2"' answers "$place" "$port" 2>&1
}

wait_until 86400 "a way to the internet" answers
