# Waits for a way to the internet: an instance of Oracle's has its public address some seconds after its first start, or,
# if who makes it was interrupted in between, whenever that is taken up again.
# Values: URL (of what is downloaded next)
# shellcheck shell=bash disable=SC2154

# With what every image has. The address is the URL's, or its scheme's port.
answers() {
  local place=${URL#*://} port=443
  place=${place%%/*}
  case $URL in http://*) port=80 ;; esac
  case $place in *:*) port=${place##*:} place=${place%:*} ;; esac
  timeout 10 bash -c 'exec 3<>"/dev/tcp/$1/$2"' answers "$place" "$port" 2>&1
}

wait_until 86400 "a way to the internet" answers
