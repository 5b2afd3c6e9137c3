"""Reads Azure's firewalls: network security groups, and rules that are resources of their own."""

from collections.abc import Iterator, Mapping
from typing import Any

from components.clouds.cloud import FirewallReader, Opening


def group(inputs: Mapping[str, Any]) -> Iterator[Opening]:
    """The rules among the inputs of a group."""
    for rule in inputs.get("securityRules") or ():
        yield from group_rule(rule)


def group_rule(rule: Mapping[str, Any]) -> Iterator[Opening]:
    """One rule. Gives an opening for each of its sources."""
    if (str(rule.get("direction")).lower(), str(rule.get("access")).lower()) != ("inbound", "allow"):
        return
    ports = [rule.get("destinationPortRange"), *(rule.get("destinationPortRanges") or ())]
    for source in [rule.get("sourceAddressPrefix"), *(rule.get("sourceAddressPrefixes") or ())]:
        if source is not None:
            yield Opening(str(source), str(rule.get("protocol")), ", ".join(str(port) for port in ports if port))


FIREWALLS: Mapping[str, FirewallReader] = {
    "azure-native:network:NetworkSecurityGroup": group,
    "azure-native:network:SecurityRule": group_rule,
}
