"""What security lists, groups and routes come to for each instance, and that put into the lab's router."""

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
    """Keeps the filters of all instances as their lists, groups and routes say."""

    def __init__(self, cloud: Cloud, filters: Filters) -> None:
        self._cloud = cloud
        self._filters = filters

    def apply(self) -> None:
        """Renew the filter of every instance but those that come, which get theirs at the end of that, or go."""
        with self._cloud.alone("filters"):
            records = self._cloud.records()
            for instance in of_type(records, "instance", lambda one: one["state"] in ("RUNNING", "STOPPED")):
                self._filters.set_firewall(instance["_host"], instance_rules(records, instance))


def instance_rules(records: Records, instance: Values) -> tuple[Rule, ...]:
    """Rules of all lists of an instance's subnet and of all its groups: what any of them lets through, passes.

    Of a family for which there is no route to the internet, what is left of them within the VCN.
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
    """Rules of a group; another group as their other side stands for the addresses that its members have now."""
    for record in of_type(records, "securityrule", lambda rule: bool(rule["networkSecurityGroupId"] == group_id)):
        other = record["source"] if record["direction"] == "INGRESS" else record["destination"]
        members = instances_in_group(records, other)
        yield from group_rule_of(record, [cidr for one in members for cidr in own_networks(records, one)])


def reaches_internet(records: Records, subnet: Values, version: int) -> bool:
    """Whether a subnet has a route for everywhere (of IPv4 or IPv6) to an internet gateway that works."""
    for route in records[subnet["routeTableId"]]["routeRules"]:
        gateway = records.get(route["networkEntityId"])
        if route.get("destination", route.get("cidrBlock")) == EVERYWHERE[version] and gateway and gateway["enabled"]:
            return True
    return False


def within(rule: Rule, cidrs: list[str]) -> Iterator[Rule]:
    """What a rule says about some ranges only."""
    allowed = ip_network(rule.network)
    for network in map(ip_network, cidrs):
        if allowed.version == network.version and allowed.overlaps(network):
            smaller = allowed if allowed.prefixlen >= network.prefixlen else network
            yield replace(rule, network=str(smaller))
