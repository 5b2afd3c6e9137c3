# Removes the arbitrator from this host.
# Effect of removal: is no arbitrator of the database any more
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

stop_service garb.service
remove_file /etc/default/garb /etc/galera-tls/key.pem /etc/galera-tls/certificate.pem /etc/galera-tls/authority.pem
