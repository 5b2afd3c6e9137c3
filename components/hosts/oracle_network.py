"""The network of the hosts in Oracle's cloud. No TCP port of theirs is open to the outside."""

import pulumi
from pulumi_oci import core

from components.settings.oracle import Oracle

EVERYWHERE = "0.0.0.0/0"
WIREGUARD_PORT = 41641
ICMP, UDP = "1", "17"  # Oracle wants protocol numbers, as text
UNREACHABLE, FRAGMENTATION_NEEDED = 3, 4


class OracleNetwork(pulumi.ComponentResource):
    """One for all hosts of the stack. Inside it they meet as from outside: by the tailnet."""

    subnet_id: pulumi.Output[str]

    def __init__(self, name: str, settings: Oracle, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:hosts:OracleNetwork", name, None, opts)
        compartment, label = settings.compartment, f"{pulumi.get_stack()}-{name}"
        children = pulumi.ResourceOptions(parent=self)
        vcn = core.Vcn(
            name, cidr_blocks=[str(settings.network)], compartment_id=compartment, display_name=label, opts=children
        )
        gateway = core.InternetGateway(
            name, vcn_id=vcn.id, enabled=True, compartment_id=compartment, display_name=label, opts=children
        )
        routes = core.RouteTable(
            name,
            vcn_id=vcn.id,
            route_rules=[
                core.RouteTableRouteRuleArgs(
                    network_entity_id=gateway.id, destination=EVERYWHERE, destination_type="CIDR_BLOCK"
                )
            ],
            compartment_id=compartment,
            display_name=label,
            opts=children,
        )
        firewall = core.SecurityList(
            name,
            vcn_id=vcn.id,
            ingress_security_rules=[_wireguard(), _too_large(EVERYWHERE), _unreachable(str(settings.network))],
            egress_security_rules=[
                core.SecurityListEgressSecurityRuleArgs(
                    protocol="all", destination=EVERYWHERE, description="everything"
                )
            ],
            compartment_id=compartment,
            display_name=label,
            opts=children,
        )
        subnet = core.Subnet(
            name,
            vcn_id=vcn.id,
            cidr_block=str(settings.subnet),
            route_table_id=routes.id,
            security_list_ids=[firewall.id],
            prohibit_public_ip_on_vnic=False,
            compartment_id=compartment,
            display_name=label,
            opts=children,
        )
        self.subnet_id = subnet.id
        self.register_outputs({"subnet_id": self.subnet_id})


def _wireguard() -> core.SecurityListIngressSecurityRuleArgs:
    return core.SecurityListIngressSecurityRuleArgs(
        protocol=UDP,
        source=EVERYWHERE,
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


def _unreachable(source: str) -> core.SecurityListIngressSecurityRuleArgs:
    return core.SecurityListIngressSecurityRuleArgs(
        protocol=ICMP,
        source=source,
        icmp_options=core.SecurityListIngressSecurityRuleIcmpOptionsArgs(type=UNREACHABLE),
        description="within the network: refused at once, not after a time",
    )
