"""Network of the hosts in Oracle's cloud. It opens TCP for visitors only, and only to hosts with the role ingress."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Network
from typing import Any

import pulumi
from pulumi_oci import core

from components.clouds.oracle.settings import Oracle
from components.edge.ranges import VisitorRanges
from components.hosts.ports import VISITOR_PORTS, WIREGUARD_PORT

EVERYWHERE, EVERYWHERE_IPV6 = "0.0.0.0/0", "::/0"
ICMP, TCP, UDP, ICMPV6 = "1", "6", "17", "58"  # Oracle expects protocol numbers as text
UNREACHABLE, FRAGMENTATION_NEEDED = 3, 4
PACKET_TOO_BIG = 2


@dataclass(frozen=True)
class OracleNetworkArgs:
    """Shared settings of hosts in Oracle's cloud, and the address ranges of visitors."""

    settings: Oracle
    visitors: VisitorRanges | None
    """None: no host has the role `ingress`."""


class OracleNetwork(pulumi.ComponentResource):
    """One network for all hosts of the stack. Hosts use the tailnet even inside it."""

    subnet_id: pulumi.Output[str]
    router_ipv6: pulumi.Output[str]
    """Where packets from hosts with IPv6 go."""
    visitors: core.NetworkSecurityGroup | None = None
    """Security group that admits visitors. None: the stack has no visitors or no host with the role `ingress`."""

    def __init__(self, name: str, args: OracleNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:hosts:OracleNetwork", name, None, opts)
        self._name, self._children = name, pulumi.ResourceOptions(parent=self)
        settings, stack = args.settings, pulumi.get_stack()
        self._shared: dict[str, Any] = {
            "compartment_id": settings.compartment,
            "display_name": f"{stack}-{name}",
            "freeform_tags": {"stack": stack},
        }
        vcn = core.Vcn(
            name,
            cidr_blocks=[str(settings.network)],
            is_ipv6enabled=settings.ipv6 or None,
            is_oracle_gua_allocation_enabled=settings.ipv6 or None,
            dns_label="tailnet",
            opts=self._children,
            **self._shared,
        )
        subnet = core.Subnet(
            name,
            vcn_id=vcn.id,
            cidr_block=str(settings.subnet),
            ipv6cidr_block=vcn.ipv6cidr_blocks.apply(_first_subnet) if settings.ipv6 else None,
            route_table_id=self._routes(vcn, settings.ipv6).id,
            security_list_ids=[self._firewall(vcn, str(settings.network), settings.ipv6).id],
            prohibit_public_ip_on_vnic=False,
            dns_label="hosts",
            opts=self._children,
            **self._shared,
        )
        self.subnet_id, self.router_ipv6 = subnet.id, subnet.ipv6virtual_router_ip
        visitors = args.visitors or VisitorRanges()
        ranges = (*visitors.ipv4, *(visitors.ipv6 if settings.ipv6 else ()))
        if ranges:
            self.visitors = core.NetworkSecurityGroup(
                f"{name}-visitors",
                vcn_id=vcn.id,
                opts=self._children,
                **{**self._shared, "display_name": f"{stack}-{name}-visitors"},
            )
            for source in ranges:
                for port in VISITOR_PORTS:
                    self._let_in(self.visitors, source, port)
        self.register_outputs({"subnet_id": self.subnet_id})

    def _routes(self, vcn: core.Vcn, ipv6: bool) -> core.RouteTable:
        gateway = core.InternetGateway(self._name, vcn_id=vcn.id, enabled=True, opts=self._children, **self._shared)
        return core.RouteTable(
            self._name,
            vcn_id=vcn.id,
            route_rules=[
                core.RouteTableRouteRuleArgs(
                    network_entity_id=gateway.id, destination=everywhere, destination_type="CIDR_BLOCK"
                )
                for everywhere in (EVERYWHERE, *([EVERYWHERE_IPV6] if ipv6 else []))
            ],
            opts=self._children,
            **self._shared,
        )

    def _firewall(self, vcn: core.Vcn, inside: str, ipv6: bool) -> core.SecurityList:
        ingress = [_wireguard(EVERYWHERE), _too_large(EVERYWHERE), _unreachable(inside)]
        if ipv6:
            ingress += [_wireguard(EVERYWHERE_IPV6), _too_large_ipv6()]
        return core.SecurityList(
            self._name,
            vcn_id=vcn.id,
            ingress_security_rules=ingress,
            egress_security_rules=[
                core.SecurityListEgressSecurityRuleArgs(
                    protocol="all", destination=everywhere, description="everything"
                )
                for everywhere in (EVERYWHERE, *([EVERYWHERE_IPV6] if ipv6 else []))
            ],
            opts=self._children,
            **self._shared,
        )

    def _let_in(self, group: core.NetworkSecurityGroup, source: str, port: int) -> None:
        """One resource for each range, so that a changed list changes only these rules."""
        core.NetworkSecurityGroupSecurityRule(
            f"{self._name}-visitors-{port}-{source.replace(':', '.').replace('/', '-')}",  # no URN has its own `::`
            network_security_group_id=group.id,
            direction="INGRESS",
            protocol=TCP,
            source=source,
            source_type="CIDR_BLOCK",
            tcp_options=core.NetworkSecurityGroupSecurityRuleTcpOptionsArgs(
                destination_port_range=core.NetworkSecurityGroupSecurityRuleTcpOptionsDestinationPortRangeArgs(
                    min=port, max=port
                )
            ),
            description="visitors, by way of the edge",
            opts=self._children,
        )


def _first_subnet(blocks: Sequence[str]) -> str:
    """The subnet's /64, from the /56 that Oracle gives to the network."""
    return str(next(IPv6Network(blocks[0]).subnets(new_prefix=64)))


def _wireguard(source: str) -> core.SecurityListIngressSecurityRuleArgs:
    return core.SecurityListIngressSecurityRuleArgs(
        protocol=UDP,
        source=source,
        udp_options=core.SecurityListIngressSecurityRuleUdpOptionsArgs(min=WIREGUARD_PORT, max=WIREGUARD_PORT),
        description="WireGuard: direct paths between devices of the tailnet",
    )


def _too_large(source: str) -> core.SecurityListIngressSecurityRuleArgs:
    return core.SecurityListIngressSecurityRuleArgs(
        protocol=ICMP,
        source=source,
        icmp_options=core.SecurityListIngressSecurityRuleIcmpOptionsArgs(type=UNREACHABLE, code=FRAGMENTATION_NEEDED),
        description="packets were too large: without it, connections hang",
    )


def _too_large_ipv6() -> core.SecurityListIngressSecurityRuleArgs:
    return core.SecurityListIngressSecurityRuleArgs(
        protocol=ICMPV6,
        source=EVERYWHERE_IPV6,
        icmp_options=core.SecurityListIngressSecurityRuleIcmpOptionsArgs(type=PACKET_TOO_BIG, code=0),
        description="packets were too large: without it, connections hang",
    )


def _unreachable(source: str) -> core.SecurityListIngressSecurityRuleArgs:
    return core.SecurityListIngressSecurityRuleArgs(
        protocol=ICMP,
        source=source,
        icmp_options=core.SecurityListIngressSecurityRuleIcmpOptionsArgs(type=UNREACHABLE),
        description="within the network: refused at once, not after a time",
    )
