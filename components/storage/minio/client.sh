# A verb that the scripts of this folder share: `mc`, MinIO's client. It runs in the server's own container, which has
# the administrator's keys.
#
# Values: NAMESPACE and DEPLOYMENT (of the server)
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

mc() { k3s kubectl -n "$NAMESPACE" exec -i "deployment/$DEPLOYMENT" -c server -- mc --config-dir /tmp/mc "$@"; }
answers() { mc ls store; }
