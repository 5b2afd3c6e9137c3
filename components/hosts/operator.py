"""The user that the program logs in as on every host."""

from typing import Any

import pulumi
import pulumi_tls as tls

from components.hosts.host import Host
from components.settings.host import PROGRAMS_USER


class Operator(pulumi.ComponentResource):
    """The stack's own key pair. Only the state contains it."""

    user = PROGRAMS_USER
    private_key: pulumi.Output[str]
    """In OpenSSH format; a secret."""
    public_key: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:hosts:Operator", name, None, opts)
        key = tls.PrivateKey(name, algorithm="ED25519", opts=pulumi.ResourceOptions(parent=self))
        self.private_key = pulumi.Output.secret(key.private_key_openssh)
        self.public_key = key.public_key_openssh.apply(str.strip)
        self.register_outputs({"public_key": self.public_key})

    def access(self, hosts: dict[str, Host]) -> pulumi.Output[dict[str, Any]]:
        """Everything for SSH to the hosts: user, private key, and each host's public key. A secret."""
        host_keys = {name: host.connection.host_key for name, host in hosts.items()}
        return pulumi.Output.secret({"user": self.user, "private_key": self.private_key, "host_keys": host_keys})
