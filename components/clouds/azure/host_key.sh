# Creates the RSA host key that Azure's agent expects. Without one, the agent waits for 30 minutes. Then Azure reports
# that the provisioning failed. sshd does not use this key, see cloud_init.py.
# shellcheck shell=bash

rsa_key=/etc/ssh/ssh_host_rsa_key
if [ ! -e "$rsa_key.pub" ]; then
  rm -f "$rsa_key"
  quietly "creating a host key for Azure's agent" ssh-keygen -q -t rsa -b 3072 -N "" -f "$rsa_key"
  changed "created a host key for Azure's agent"
fi
