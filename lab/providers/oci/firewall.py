"""What the security lists and routes of a subnet come to for an instance in it, and that put into the lab's router."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from typing import Protocol

from lab.network import Rule
from lab.providers.oci.cloud import Cloud, Records, of_type
from lab.providers.oci.security_rules import rules_of
from lab.providers.stand_in import Values

EVERYWHERE = "0.0.0.0/0"


class Filters(Protocol):
    """Whoever has the hosts."""

    def set_firewall(self, name: str, rules: tuple[Rule, ...]) -> None:
        """Replace a host's filter, at once."""


class Firewall:
    """Keeps the filters of all instances as their subnets' lists and routes say."""

    def __init__(self, cloud: Cloud, filters: Filters) -> None:
        self._cloud = cloud
        self._filters = filters

    def apply(self) -> None:
        """Renew the filter of every instance but those that are being made, which get theirs at the end of that."""
        with self._cloud.renewing_filters():
            records = self._cloud.records()
            for instance in of_type(records, "instance", lambda one: bool(one["state"] != "PROVISIONING")):
                self._filters.set_firewall(instance["_host"], instance_rules(records, records[instance["_subnet"]]))


def instance_rules(records: Records, subnet: Values) -> tuple[Rule, ...]:
    """Rules of all lists of a subnet. Without a route to the internet, what is left of them within the VCN."""
    lists = [records[ocid] for ocid in subnet["securityListIds"]]
    rules = [rule for record in lists for rule in rules_of(record)]
    if not reaches_internet(records, subnet):
        cidrs = records[subnet["vcnId"]]["cidrBlocks"]
        rules = [part for rule in rules for part in within(rule, cidrs)]
    return tuple(dict.fromkeys(rules))


def reaches_internet(records: Records, subnet: Values) -> bool:
    """Whether a subnet has a route for everywhere to an internet gateway that works."""
    for route in records[subnet["routeTableId"]]["routeRules"]:
        gateway = records.get(route["networkEntityId"])
        if route.get("destination", route.get("cidrBlock")) == EVERYWHERE and gateway and gateway["enabled"]:
            return True
    return False


def within(rule: Rule, cidrs: list[str]) -> Iterator[Rule]:
    """What a rule says about some ranges only."""
    allowed = ip_network(rule.network)
    for network in map(ip_network, cidrs):
        if allowed.version == network.version and allowed.overlaps(network):
            smaller = allowed if allowed.prefixlen >= network.prefixlen else network
            yield replace(rule, network=str(smaller))
