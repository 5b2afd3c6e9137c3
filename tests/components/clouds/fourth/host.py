"""Hosts in the fourth cloud."""

from collections.abc import Mapping

import pulumi

from components.hosts.args import HostsArgs
from components.hosts.host import Host
from components.hosts.new_host import joined_host, new_host
from tests.components.clouds.fourth.settings import Fourth, FourthHost


def create_hosts(args: HostsArgs, fourth: Fourth, hosts: Mapping[str, FourthHost]) -> dict[str, Host]:
    """Servers, and the gate before them."""
    gate = pulumi.CustomResource("fourth:index:FirewallGate", "fourth", {"from": args.visitors.ipv4, "port": 443})
    return {name: FourthCloudHost(name, args, fourth, host, gate).host for name, host in hosts.items()}


class FourthCloudHost(pulumi.ComponentResource):
    """A server that has joined the tailnet."""

    host: Host

    def __init__(
        self, name: str, args: HostsArgs, fourth: Fourth, wanted: FourthHost, gate: pulumi.CustomResource
    ) -> None:
        super().__init__("tailnet-k3s:hosts:FourthHost", name)
        new = new_host(name, args, wanted, self)
        inputs = {"place": fourth.place, "cores": wanted.cores, "gate": gate.id, "userData": new.user_data}
        options = pulumi.ResourceOptions(parent=self, depends_on=list(new.after))
        self.host = joined_host(new, pulumi.CustomResource("fourth:index:Server", name, inputs, options), self)
        self.register_outputs({"address": self.host.address})
