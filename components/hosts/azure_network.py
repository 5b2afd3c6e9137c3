"""The network of the hosts in Azure. By TCP only visitors get in, and they to hosts with the role ingress only."""

from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi_azure_native import network, resources

from components.edge.ranges import VisitorRanges
from components.hosts.args import HostsArgs
from components.hosts.ports import VISITOR_PORTS, WIREGUARD_PORT

# Private, as all addresses in Azure's networks are: public ones are translated to them. Made for this program.
NETWORK_IPV6, SUBNET_IPV6 = "fd4b:3373:7a1e::/48", "fd4b:3373:7a1e::/64"


class AzureNetwork(pulumi.ComponentResource):
    """One for all hosts of the stack, in a resource group of its own. Hosts meet by the tailnet, inside it too."""

    group: resources.ResourceGroup
    subnet_id: pulumi.Output[str]
    closed: network.NetworkSecurityGroup
    """For the interfaces of hosts that nobody visits."""
    visited: network.NetworkSecurityGroup | None = None
    """For the interfaces of hosts with the role `ingress`. None: there are no such hosts."""

    def __init__(
        self, name: str, args: HostsArgs, for_visitors: bool, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("tailnet-k3s:hosts:AzureNetwork", name, None, opts)
        self._children = pulumi.ResourceOptions(parent=self)
        settings, stack = args.settings.azure, pulumi.get_stack()
        self._location, self._tags, label = settings.location, {"stack": stack}, f"{stack}-{name}"
        self.group = resources.ResourceGroup(
            name,
            resource_group_name=f"{stack}-tailnet-k3s",
            location=self._location,
            tags=self._tags,
            opts=self._children,
        )
        whole = network.VirtualNetwork(
            name,
            virtual_network_name=label,
            resource_group_name=self.group.name,
            location=self._location,
            address_space=network.AddressSpaceArgs(
                address_prefixes=[str(settings.network), *([NETWORK_IPV6] if settings.ipv6 else [])]
            ),
            tags=self._tags,
            opts=self._children,
        )
        subnet = network.Subnet(
            name,
            subnet_name="hosts",
            resource_group_name=self.group.name,
            virtual_network_name=whole.name,
            address_prefixes=[str(settings.subnet), *([SUBNET_IPV6] if settings.ipv6 else [])],
            default_outbound_access=False,  # hosts have public addresses; Azure's own way out is being withdrawn
            opts=self._children,
        )
        self.subnet_id = subnet.id
        self.closed = self._security_group(name, label, [_wireguard(), _nothing_else()])
        if for_visitors:
            rules = [_wireguard(), *_visitors(args.visitors, settings.ipv6), _nothing_else()]
            self.visited = self._security_group(f"{name}-visitors", f"{label}-visitors", rules)
        self.register_outputs({"subnet_id": self.subnet_id})

    def _security_group(
        self, name: str, label: str, rules: Sequence[network.SecurityRuleArgs]
    ) -> network.NetworkSecurityGroup:
        return network.NetworkSecurityGroup(
            name,
            network_security_group_name=label,
            resource_group_name=self.group.name,
            location=self._location,
            security_rules=rules,
            tags=self._tags,
            opts=self._children,
        )


def _wireguard() -> network.SecurityRuleArgs:
    return _inbound(
        100,
        "wireguard",
        "WireGuard: direct paths between devices of the tailnet",
        protocol="Udp",
        source_address_prefix="*",
        destination_port_range=str(WIREGUARD_PORT),
    )


def _visitors(ranges: VisitorRanges, ipv6: bool) -> list[network.SecurityRuleArgs]:
    """One rule a family: Azure wants the ranges of a rule to be of one."""
    families = {"ipv4": ranges.ipv4, "ipv6": ranges.ipv6 if ipv6 else ()}
    return [
        _inbound(
            priority,
            f"visitors-{family}",
            "visitors, by way of the edge",
            protocol="Tcp",
            source_address_prefixes=list(sources),
            destination_port_ranges=list(map(str, VISITOR_PORTS)),
        )
        for priority, (family, sources) in enumerate(families.items(), start=200)
        if sources
    ]


def _nothing_else() -> network.SecurityRuleArgs:
    """Azure's own last rules let in all that comes from the same network, and what calls itself a load balancer."""
    return _inbound(
        4096,
        "nothing-else",
        "what is not let in above stays out",
        access="Deny",
        protocol="*",
        source_address_prefix="*",
        destination_port_range="*",
    )


def _inbound(
    priority: int, name: str, description: str, *, access: str = "Allow", **traffic: Any
) -> network.SecurityRuleArgs:
    """A rule for what comes in to any address of the hosts. Those of lower priority numbers are asked first."""
    return network.SecurityRuleArgs(
        name=name,
        description=description,
        priority=priority,
        direction="Inbound",
        access=access,
        source_port_range="*",
        destination_address_prefix="*",
        **traffic,
    )
