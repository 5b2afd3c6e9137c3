"""No firewall of a cloud opens a TCP port to everyone: visitors come by way of Cloudflare, the operator by the tailnet.

Looked for in Oracle's security lists and network security groups, and in Azure's network security groups.
"""

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy
from pulumi_policy.proxy import UnknownValueError

TCP_OR_ALL = {"6", "all", "tcp", "*"}
WIDEST = {4: 8, 6: 16}
"""Prefixes shorter than this are the internet, or a part of it that nobody alone has: two halves are the whole."""
NAMES_OF_EVERYONE = {"*", "any", "internet"}


@dataclass(frozen=True)
class Opening:
    """One rule that lets packets in."""

    source: str
    protocol: str
    ports: str


def _known(value: Any, key: str) -> Any:
    """A value within a map; None if it is not there or not known yet: then the rule is asked again later."""
    try:
        return value.get(key)
    except UnknownValueError:
        return None


def _items(value: Any, key: str) -> Iterator[Any]:
    try:
        yield from _known(value, key) or ()
    except UnknownValueError:
        return


def _oracle_list(props: Mapping[str, Any]) -> Iterator[Opening]:
    for rule in _items(props, "ingressSecurityRules"):
        ports = _known(rule, "tcpOptions")
        text = f"{_known(ports, 'min')} to {_known(ports, 'max')}" if ports else "all"
        yield Opening(str(_known(rule, "source")), str(_known(rule, "protocol")), text)


def _oracle_group_rule(props: Mapping[str, Any]) -> Iterator[Opening]:
    if str(_known(props, "direction")).upper() == "INGRESS":
        ports = _known(_known(props, "tcpOptions") or {}, "destinationPortRange")
        text = f"{_known(ports, 'min')} to {_known(ports, 'max')}" if ports else "all"
        yield Opening(str(_known(props, "source")), str(_known(props, "protocol")), text)


def _azure_rule(rule: Mapping[str, Any]) -> Iterator[Opening]:
    if (str(_known(rule, "direction")).lower(), str(_known(rule, "access")).lower()) != ("inbound", "allow"):
        return
    ports = [_known(rule, "destinationPortRange"), *_items(rule, "destinationPortRanges")]
    for source in [_known(rule, "sourceAddressPrefix"), *_items(rule, "sourceAddressPrefixes")]:
        if source is not None:
            yield Opening(str(source), str(_known(rule, "protocol")), ", ".join(str(port) for port in ports if port))


def _azure_group(props: Mapping[str, Any]) -> Iterator[Opening]:
    for rule in _items(props, "securityRules"):
        yield from _azure_rule(rule)


OPENINGS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Opening]]] = {
    "oci:Core/securityList:SecurityList": _oracle_list,
    "oci:Core/defaultSecurityList:DefaultSecurityList": _oracle_list,
    "oci:Core/networkSecurityGroupSecurityRule:NetworkSecurityGroupSecurityRule": _oracle_group_rule,
    "azure-native:network:NetworkSecurityGroup": _azure_group,
    "azure-native:network:SecurityRule": _azure_rule,
}


def open_ports(kind: str, props: Mapping[str, Any]) -> Iterator[Opening]:
    """The rules of a resource that let everyone in by TCP. `kind` is its type token."""
    for opening in OPENINGS[kind](props) if kind in OPENINGS else ():
        if opening.protocol.lower() in TCP_OR_ALL and _is_everyone(opening.source):
            yield opening


def _is_everyone(source: str) -> bool:
    if source.lower() in NAMES_OF_EVERYONE:
        return True
    try:
        network = ipaddress.ip_network(source, strict=False)
    except ValueError:
        return False  # the name of a group, or of a service
    return network.prefixlen < WIDEST[network.version]


def _validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    for opening in open_ports(args.resource_type, args.props):
        report(
            f"{args.name}: lets {opening.source} in by TCP (ports {opening.ports}). Visitors come by way of Cloudflare,"
            " and the operator by the tailnet. Name their ranges, or remove it.",
            None,
        )


no_tcp_port_is_open_to_everyone = ResourceValidationPolicy(
    name="no-tcp-port-is-open-to-everyone",
    description="No firewall of a cloud opens a TCP port of a host to the whole internet.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_validate,
)
