"""Network of the hosts in Azure. Its firewall opens TCP for visitors only, and only to hosts with the role ingress."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_azure_native import network, resources

from components.clouds.azure.settings import Azure
from components.edge.ranges import VisitorRanges
from components.hosts.ports import VISITOR_PORTS, WIREGUARD_PORT

# Private IPv6 ranges, chosen for this program. Azure translates public addresses to them.
NETWORK_IPV6, SUBNET_IPV6 = "fd4b:3373:7a1e::/48", "fd4b:3373:7a1e::/64"


@dataclass(frozen=True)
class AzureNetworkArgs:
    """Shared settings of hosts in Azure, and the address ranges of visitors."""

    settings: Azure
    visitors: VisitorRanges | None
    """None: no host has the role `ingress`."""


class AzureNetwork(pulumi.ComponentResource):
    """One network for all hosts of the stack, in its own resource group. Hosts use the tailnet even inside it."""

    group: resources.ResourceGroup
    subnet_id: pulumi.Output[str]
    closed: network.NetworkSecurityGroup
    """Security group for hosts without visitors."""
    visited: network.NetworkSecurityGroup | None = None
    """Security group for hosts with the role `ingress`. None: there are no such hosts."""

    def __init__(self, name: str, args: AzureNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:hosts:AzureNetwork", name, None, opts)
        self._children = pulumi.ResourceOptions(parent=self)
        settings, stack = args.settings, pulumi.get_stack()
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
        if args.visitors:
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
    """One rule for each address family: Azure does not allow both in one rule."""
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
    """Denies everything else. Azure's default rules would allow the same network and load balancers."""
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
    """An inbound rule for all addresses of the hosts. Azure applies rules with lower priority numbers first."""
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
