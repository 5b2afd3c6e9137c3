"""Rules of a network security group: Azure's checks, records of rules, and the six default rules of every group."""

from collections.abc import Iterator
from ipaddress import IPv4Network, ip_network
from typing import Any

from lab.providers.azure_native.azure_type import API_VERSIONS
from lab.providers.azure_native.cloud import CloudError, reference
from lab.providers.stand_in import Values

KIND = "Microsoft.Network/networkSecurityGroups/securityRules"
TAGS = ("AzureLoadBalancer", "Internet", "VirtualNetwork")
"""Service tags that the lab supports."""
ANY = "*"
PROTOCOLS = {"tcp": "Tcp", "udp": "Udp", "icmp": "Icmp", "*": "*"}
PORTS = range(65536)
PRIORITIES = range(100, 4097)
SIDES = ("source", "destination")


def checked_rule(rule: Values, group: str) -> Values:
    """A rule's record without its ID. Raises CloudError, like Azure, before anything is changed."""
    name = rule.get("name") or ""
    what = f"security rule {group}/{name}"
    if not name:
        raise CloudError(what, "InvalidRequestFormat", "a rule within a security group needs a name")
    if rule.get("priority") not in PRIORITIES:
        message = f"priority {rule.get('priority')} is not within {PRIORITIES.start} and {PRIORITIES.stop - 1}"
        raise CloudError(what, "SecurityRuleInvalidPriority", message)
    protocol = PROTOCOLS.get(str(rule["protocol"]).lower())
    if protocol is None:
        raise CloudError(what, "NotInTheLab", f"protocol {rule['protocol']}: the lab has Tcp, Udp, Icmp and *")
    if rule["direction"] not in ("Inbound", "Outbound") or rule["access"] not in ("Allow", "Deny"):
        raise CloudError(what, "SecurityRuleInvalidDirection", "direction is Inbound or Outbound, access Allow or Deny")
    versions: set[int] = set()
    for side in SIDES:
        versions |= set(check_addresses(rule, side, what))
        ports = list(port_ranges(rule, side, what))
        if protocol == "Icmp" and ports != [(PORTS.start, PORTS.stop - 1)]:
            raise CloudError(what, "SecurityRuleInvalidPortRange", f"Icmp has no ports: {side}PortRange must be *")
    if len(versions) > 1:
        message = "IPv4 and IPv6 prefixes can't be mixed in one rule: make a rule for each"
        raise CloudError(what, "SecurityRuleAddressPrefixesMixed", message)
    shown = {field: value for field, value in rule.items() if not field.startswith("_") and value is not None}
    return {field: value for field, value in shown.items() if field not in ("id", "etag", "type")} | {
        "name": name,
        "protocol": protocol,
        "azureApiVersion": API_VERSIONS["Microsoft.Network"],
        "provisioningState": "Succeeded",
        "type": KIND,
        **{field: rule.get(field) or [] for side in SIDES for field in (f"{side}AddressPrefixes", f"{side}PortRanges")},
        "_type": KIND,
    }


def prefixes(rule: Values, side: str) -> list[str]:
    """The prefixes and service tags on one side of a rule."""
    one = rule.get(f"{side}AddressPrefix")
    return [*([one] if one else []), *(rule.get(f"{side}AddressPrefixes") or ())]


def application_groups(rule: Values, side: str) -> list[str]:
    """IDs of the application security groups on one side of a rule."""
    return [reference(group) for group in rule.get(f"{side}ApplicationSecurityGroups") or ()]


def check_addresses(rule: Values, side: str, what: str) -> Iterator[int]:
    """The IP versions of a side's prefixes. Raises CloudError."""
    given, groups = prefixes(rule, side), application_groups(rule, side)
    if bool(given) == bool(groups):
        message = f"needs either {side}AddressPrefix(es) or {side}ApplicationSecurityGroups"
        raise CloudError(what, "SecurityRuleParameterNotSpecified", message)
    for prefix in given:
        if prefix == ANY or prefix in TAGS:
            if len(given) > 1:
                message = f"{prefix} can't stand beside others in {side}AddressPrefixes"
                raise CloudError(what, "SecurityRuleInvalidAddressPrefix", message)
            continue
        try:
            yield ip_network(prefix).version
        except ValueError as error:
            message = f"{side}AddressPrefix {prefix}: {error}; service tags that the lab knows: {', '.join(TAGS)}"
            raise CloudError(what, "SecurityRuleInvalidAddressPrefix", message) from None


def port_ranges(rule: Values, side: str, what: str) -> Iterator[tuple[int, int]]:
    """The first and last port of each range on one side. Raises CloudError."""
    one, several = rule.get(f"{side}PortRange"), rule.get(f"{side}PortRanges") or ()
    if bool(one) == bool(several):
        message = f"needs either {side}PortRange or {side}PortRanges"
        raise CloudError(what, "SecurityRuleParameterNotSpecified", message)
    for text in [one] if one else several:
        yield port_range(text, what)


def port_range(text: Any, what: str) -> tuple[int, int]:
    """Parses `*`, `443` or `80-90`. Raises CloudError."""
    if text == ANY:
        return PORTS.start, PORTS.stop - 1
    first, _, last = str(text).partition("-")
    if not first.isdigit() or not (last or first).isdigit() or not int(first) <= int(last or first) < PORTS.stop:
        raise CloudError(what, "SecurityRuleInvalidPortRange", f"{text!r} is no port, no range like 80-90, and not *")
    return int(first), int(last or first)


def refuse_conflicts(rules: list[Values], group: str) -> None:
    """Raise CloudError if two rules have the same name, or the same priority and direction."""
    seen: dict[tuple[str, Any], str] = {}
    for rule in rules:
        for entry in (("name", rule["name"].lower()), (rule["direction"], rule["priority"])):
            if entry in seen:
                message = (
                    f"conflicts with rule {seen[entry]}: rules can't have the same name, or priority and direction"
                )
                raise CloudError(f"security rule {group}/{rule['name']}", "SecurityRuleConflict", message)
            seen[entry] = rule["name"]


def default_rules(group_id: str) -> list[Values]:
    """The default rules, with which every group ends."""
    table = (
        ("AllowVnetInBound", "Inbound", 65000, "Allow", "VirtualNetwork", "VirtualNetwork"),
        ("AllowAzureLoadBalancerInBound", "Inbound", 65001, "Allow", "AzureLoadBalancer", ANY),
        ("DenyAllInBound", "Inbound", 65500, "Deny", ANY, ANY),
        ("AllowVnetOutBound", "Outbound", 65000, "Allow", "VirtualNetwork", "VirtualNetwork"),
        ("AllowInternetOutBound", "Outbound", 65001, "Allow", ANY, "Internet"),
        ("DenyAllOutBound", "Outbound", 65500, "Deny", ANY, ANY),
    )
    return [
        {
            "id": f"{group_id}/defaultSecurityRules/{name}",
            "name": name,
            "direction": direction,
            "priority": priority,
            "access": access,
            "protocol": ANY,
            "sourceAddressPrefix": source,
            "sourcePortRange": ANY,
            "destinationAddressPrefix": destination,
            "destinationPortRange": ANY,
            "provisioningState": "Succeeded",
        }
        for name, direction, priority, access, source, destination in table
    ]


LOAD_BALANCER = IPv4Network("168.63.129.16/32")
"""The source address of health probes of Azure's load balancers."""
