"""Reads Oracle's firewalls: security lists of subnets, and network security groups of interfaces."""

from collections.abc import Iterator, Mapping
from typing import Any

from components.clouds.cloud import FirewallReader, Opening


def security_list(inputs: Mapping[str, Any]) -> Iterator[Opening]:
    """The rules among the inputs of a security list."""
    for rule in inputs.get("ingressSecurityRules") or ():
        yield Opening(str(rule.get("source")), str(rule.get("protocol")), _ports(rule.get("tcpOptions")))


def group(inputs: Mapping[str, Any]) -> Iterator[Opening]:
    """Nothing: each rule of a group is a resource of its own."""
    yield from ()


def group_rule(inputs: Mapping[str, Any]) -> Iterator[Opening]:
    """One rule of a group."""
    if str(inputs.get("direction")).upper() == "INGRESS":
        ports = (inputs.get("tcpOptions") or {}).get("destinationPortRange")
        yield Opening(str(inputs.get("source")), str(inputs.get("protocol")), _ports(ports))


def _ports(span: Mapping[str, Any] | None) -> str:
    return f"{span.get('min')} to {span.get('max')}" if span else "all"


FIREWALLS: Mapping[str, FirewallReader] = {
    "oci:Core/securityList:SecurityList": security_list,
    "oci:Core/defaultSecurityList:DefaultSecurityList": security_list,
    "oci:Core/networkSecurityGroup:NetworkSecurityGroup": group,
    "oci:Core/networkSecurityGroupSecurityRule:NetworkSecurityGroupSecurityRule": group_rule,
}
