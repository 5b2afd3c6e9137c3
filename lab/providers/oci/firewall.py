"""Computes each instance's packet filter from security lists, groups and routes, and sets it in the lab's router."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network

from lab.network import Rule
from lab.providers.machines import Filters
from lab.providers.oci.cloud import Cloud, Records, of_type
from lab.providers.oci.networks import EVERYWHERE
from lab.providers.oci.security_rules import group_rule_of, rules_of
from lab.providers.oci.vcn import all_ranges
from lab.providers.oci.vnic import groups_of, instances_in_group, own_networks
from lab.providers.stand_in import Values


class Firewall:
    """Keeps the filters of all instances up to date with their lists, groups and routes."""

    def __init__(self, cloud: Cloud, filters: Filters) -> None:
        self._cloud = cloud
        self._filters = filters

    def apply(self) -> None:
        """Renew the filters of all instances that run or are stopped. A new instance gets its own when it is ready."""
        with self._cloud.alone("filters"):
            records = self._cloud.records()
            for instance in of_type(records, "instance", lambda one: one["state"] in ("RUNNING", "STOPPED")):
                self._filters.set_firewall(instance["_host"], instance_rules(records, instance))


def instance_rules(records: Records, instance: Values) -> tuple[Rule, ...]:
    """The rules of all lists of an instance's subnet, and of all its groups. A packet passes if any rule allows it.

    If the subnet has no route to the internet (for IPv4 or IPv6), its rules are limited to the VCN's ranges.
    """
    subnet = records[instance["_subnet"]]
    rules = [rule for ocid in subnet["securityListIds"] for rule in rules_of(records[ocid])]
    for group_id in groups_of(instance):
        rules += group_rules(records, group_id)
    cidrs = all_ranges(records[subnet["vcnId"]])
    reached = {version for version in EVERYWHERE if reaches_internet(records, subnet, version)}
    parts: list[Rule] = []
    for rule in rules:
        version = ip_network(rule.network).version
        closed = version == 6 and rule.direction == "ingress" and subnet["prohibitInternetIngress"]
        parts += [rule] if version in reached and not closed else within(rule, cidrs)
    return tuple(dict.fromkeys(parts))


def group_rules(records: Records, group_id: str) -> Iterator[Rule]:
    """The rules of a group. If the other side is a group, it stands for the current addresses of its members."""
    for record in of_type(records, "securityrule", lambda rule: bool(rule["networkSecurityGroupId"] == group_id)):
        other = record["source"] if record["direction"] == "INGRESS" else record["destination"]
        members = instances_in_group(records, other)
        yield from group_rule_of(record, [cidr for one in members for cidr in own_networks(records, one)])


def reaches_internet(records: Records, subnet: Values, version: int) -> bool:
    """Whether a subnet has a default route (of IPv4 or IPv6) to an internet gateway that is enabled."""
    for route in records[subnet["routeTableId"]]["routeRules"]:
        gateway = records.get(route["networkEntityId"])
        if route.get("destination", route.get("cidrBlock")) == EVERYWHERE[version] and gateway and gateway["enabled"]:
            return True
    return False


def within(rule: Rule, cidrs: list[str]) -> Iterator[Rule]:
    """A rule, limited to some ranges."""
    allowed = ip_network(rule.network)
    for network in map(ip_network, cidrs):
        if allowed.version == network.version and allowed.overlaps(network):
            smaller = allowed if allowed.prefixlen >= network.prefixlen else network
            yield replace(rule, network=str(smaller))
