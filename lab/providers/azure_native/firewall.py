"""Computes each machine's packet filter from security groups and public addresses, and sets it in the lab's router."""

from ipaddress import ip_address, ip_network

from lab.hosts import Rule
from lab.providers.azure_native.cloud import Cloud, found, reference, same_id
from lab.providers.azure_native.ranges import Network
from lab.providers.azure_native.security_rules import (
    ANY,
    KIND,
    LOAD_BALANCER,
    application_groups,
    default_rules,
    port_ranges,
    prefixes,
)
from lab.providers.azure_native.traffic import WHOLE, Traffic, allowed, both, joined, minus
from lab.providers.azure_native.traffic import Protocol as TrafficProtocol
from lab.providers.machines import Filters
from lab.providers.records import Records, of_type
from lab.providers.stand_in import Values

INTERFACES = "Microsoft.Network/networkInterfaces"
MACHINES = "Microsoft.Compute/virtualMachines"
APPLICATION_GROUPS = "Microsoft.Network/applicationSecurityGroups"
EVERYWHERE = tuple(WHOLE.values())


class Firewall:
    """Keeps the filters of all machines up to date with the groups of their interfaces and subnets."""

    def __init__(self, cloud: Cloud, filters: Filters) -> None:
        self._cloud = cloud
        self._filters = filters

    def apply(self) -> None:
        """Renew the filters of all machines. A machine in creation gets its filter when it is ready."""
        with self._cloud.alone("filters"):
            records = self._cloud.records()
            for machine in of_type(records, MACHINES, lambda one: bool(one["provisioningState"] != "Creating")):
                interface = found(records, machine["_interface"])
                if interface:
                    self._filters.set_firewall(machine["_host"], interface_rules(records, interface))


def interface_rules(records: Records, interface: Values) -> tuple[Rule, ...]:
    """The rules of an interface's machine: traffic that both the subnet's group and the interface's group allow.

    Without a public IPv4 address the interface reaches only the virtual network by IPv4. The same holds for IPv6.
    """
    subnet = found(records, reference(interface["ipConfigurations"][0]["subnet"])) or {}
    groups = [reference(each.get("networkSecurityGroup")) for each in (subnet, interface)]
    named = [group for group in (found(records, each) for each in groups) if group]
    network = network_ranges(records, subnet)
    inward, outward = (traffic_of(records, interface, network, named, each) for each in ("Inbound", "Outbound"))
    reached = [Traffic("all", each) for each in (*network, *ways_out(interface))]
    into = [each.rule("ingress") for each in joined(inward)]
    return (*into, *(each.rule("egress") for each in joined(both(outward, reached))))


def traffic_of(
    records: Records, interface: Values, network: list[Network], groups: list[Values], direction: str
) -> list[Traffic]:
    """The traffic that all groups allow. Without a group: all outgoing traffic, and incoming traffic from the virtual
    network only, because a Standard public address is closed until a group opens it."""
    if not groups:
        return [Traffic("all", each) for each in (network if direction == "Inbound" else EVERYWHERE)]
    lists = [group_traffic(records, interface, network, group, direction) for group in groups]
    return lists[0] if len(lists) == 1 else both(lists[0], lists[1])


def group_traffic(
    records: Records, interface: Values, network: list[Network], group: Values, direction: str
) -> list[Traffic]:
    """The traffic that the rules of one group allow, by priority."""
    rules = [*rules_of(records, group["id"]), *default_rules(group["id"])]
    here, there = ("destination", "source") if direction == "Inbound" else ("source", "destination")
    decisions = []
    for rule in sorted(rules, key=lambda each: int(each["priority"])):
        if rule["direction"] == direction:
            traffic = [
                part
                for version in versions_here(rule, here, interface)
                for each in ranges_there(records, rule, there, network)
                if each.version == version
                for part in parts(rule, each)
            ]
            decisions.append((rule["access"] == "Allow", traffic))
    return allowed(decisions)


def parts(rule: Values, network: Network) -> list[Traffic]:
    """A rule's traffic with one range: one part for each protocol and port range."""
    if rule["protocol"] == "Icmp":  # Azure's Icmp is ICMP of IPv4
        return [Traffic("icmp", network)] if network.version == 4 else []
    found = []
    for ports in port_ranges(rule, "destination", rule["name"]):
        for source_ports in port_ranges(rule, "source", rule["name"]):
            whole = Traffic("all", network, ports, source_ports)
            found += [Traffic(each, network, ports, source_ports) for each in protocols(rule, whole)]
    return found


def protocols(rule: Values, traffic: Traffic) -> tuple[TrafficProtocol, ...]:
    """A rule's protocols. Only TCP and UDP have ports."""
    if rule["protocol"] != ANY:
        return ("tcp",) if rule["protocol"] == "Tcp" else ("udp",)
    return ("all",) if traffic == Traffic("all", traffic.network) else ("tcp", "udp")


def versions_here(rule: Values, side: str, interface: Values) -> set[int]:
    """The IP versions in which the rule's local side includes this interface."""
    found: set[int] = set()
    for configuration in interface["ipConfigurations"]:
        address = ip_address(configuration["privateIPAddress"])
        groups = [reference(each) for each in configuration.get("applicationSecurityGroups") or ()]
        for prefix in prefixes(rule, side):
            tagged = prefix in (ANY, "VirtualNetwork")
            if tagged or (prefix not in ("Internet", "AzureLoadBalancer") and address in ip_network(prefix)):
                found.add(address.version)
        if any(same_id(one, other) for one in groups for other in application_groups(rule, side)):
            found.add(address.version)
    return found


def ranges_there(records: Records, rule: Values, side: str, network: list[Network]) -> list[Network]:
    """The ranges of a rule's remote side."""
    found: list[Network] = []
    for prefix in prefixes(rule, side):
        if prefix == ANY:
            found += EVERYWHERE
        elif prefix == "VirtualNetwork":
            found += network
        elif prefix == "AzureLoadBalancer":
            found.append(LOAD_BALANCER)
        elif prefix == "Internet":
            own = [Traffic("all", each) for each in network]
            found += [part.network for each in EVERYWHERE for part in minus(Traffic("all", each), own)]
        else:
            found.append(ip_network(prefix))
    wanted = application_groups(rule, side)
    for interface in of_type(records, INTERFACES):
        for configuration in interface["ipConfigurations"]:
            groups = [reference(each) for each in configuration.get("applicationSecurityGroups") or ()]
            if any(same_id(one, other) for one in groups for other in wanted):
                found.append(ip_network(configuration["privateIPAddress"]))
    return found


def ways_out(interface: Values) -> list[Network]:
    """The whole internet, for the IP versions in which an interface has a public address."""
    with_public = [each for each in interface["ipConfigurations"] if reference(each.get("publicIPAddress"))]
    versions = {ip_address(each["privateIPAddress"]).version for each in with_public}
    return [each for each in EVERYWHERE if each.version in versions]


def network_ranges(records: Records, subnet: Values) -> list[Network]:
    """All ranges of the virtual network of a subnet."""
    network = found(records, subnet.get("id", "").rpartition("/subnets/")[0])
    return [ip_network(each) for each in network["addressSpace"]["addressPrefixes"]] if network else []


def rules_of(records: Records, group_id: str) -> list[Values]:
    """All rules of a group."""
    return of_type(records, KIND, lambda rule: same_id(rule["id"].rpartition("/securityRules/")[0], group_id))
