"""Rules for the settings of Azure."""

from components.clouds.azure.host_settings import AzureHost
from components.clouds.azure.settings import Azure
from components.settings.errors import Finding
from components.settings.rules.rule import Findings, Hosts, Rule, of_kind


def azure_knows_where_to_create_its_hosts(hosts: Hosts, azure: Azure) -> Findings:
    """The region has no default: prices and distances differ."""
    theirs = of_kind(hosts, AzureHost)
    if theirs and not azure.location:
        yield Finding("azure.location", f"is missing, and needed by {', '.join(theirs)}. Add one, like westeurope.")


def azure_subnet_lies_in_its_network(azure: Azure) -> Findings:
    """Azure would refuse another range in the middle of an update."""
    if not azure.subnet.subnet_of(azure.network):
        yield Finding("azure.subnet", f"{azure.subnet} is not within azure.network, {azure.network}. Change one.")


def azure_subnet_has_room_for_its_hosts(hosts: Hosts, azure: Azure) -> Findings:
    """Azure reserves the first four addresses and the last one of each subnet. The smallest subnet is a /29."""
    count, room = len(of_kind(hosts, AzureHost)), azure.subnet.num_addresses - 5
    if count > room or (count and azure.subnet.prefixlen > 29):
        yield Finding("azure.subnet", f"{azure.subnet} has room for {max(room, 0)} hosts, not {count}. Widen it.")


RULES: tuple[Rule, ...] = (
    azure_knows_where_to_create_its_hosts,
    azure_subnet_lies_in_its_network,
    azure_subnet_has_room_for_its_hosts,
)
