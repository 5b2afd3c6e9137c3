"""Rules that concern more than one part of the settings, by concern: a function's name is the rule.

A rule asks for the parts that it needs by the names of its parameters.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from components.settings.errors import Finding
from components.settings.rules import (
    addresses,
    always_free,
    apps,
    clouds,
    cluster,
    datastore,
    edge,
    existing,
    exit_nodes,
    storage,
)

Rule = Callable[..., Iterable[Finding]]
"""A function that asks for parts by the names of its parameters; others that it has must have a default."""


def broken(parts: Mapping[str, Any], *further: Rule) -> list[Finding]:
    """What breaks rules, or `further` ones. A rule is left out when a part that it needs is not there."""
    findings: list[Finding] = []
    for rule in (*RULES, *further):
        asked = inspect.signature(rule).parameters.values()
        needed = [parameter.name for parameter in asked if parameter.default is parameter.empty]
        if set(needed) <= parts.keys():
            findings += rule(**{name: parts[name] for name in needed})
    return findings


RULES: tuple[Rule, ...] = (
    cluster.cluster_has_a_server,
    cluster.every_host_has_something_to_do,
    datastore.datastore_is_there_yet,
    datastore.galera_outvotes_a_lost_member,
    datastore.arbitrator_is_a_host_without_a_copy,
    clouds.oracle_knows_where_to_create_its_hosts,
    clouds.oracle_subnet_lies_in_its_network,
    clouds.oracle_subnet_has_room_for_its_hosts,
    clouds.azure_knows_where_to_create_its_hosts,
    clouds.azure_subnet_lies_in_its_network,
    clouds.azure_subnet_has_room_for_its_hosts,
    always_free.oracle_hosts_are_free_or_may_cost,
    existing.existing_host_shows_a_known_key,
    existing.existing_host_has_a_login,
    existing.login_is_of_an_existing_host,
    existing.existing_hosts_are_different_machines,
    existing.existing_host_is_not_in_a_range_of_the_cluster,
    addresses.address_ranges_are_apart,
    addresses.pod_range_has_a_block_for_each_node,
    addresses.service_range_is_of_a_size_that_kubernetes_takes,
    exit_nodes.no_node_uses_or_offers_an_exit_node,
    edge.ingress_and_domain_come_together,
    edge.ingress_has_a_public_address,
    edge.ingress_has_ports_80_and_443,
    edge.every_ingress_host_has_a_traefik,
    storage.object_store_is_on_one_host,
    storage.object_store_fits_on_its_host,
    storage.account_uses_buckets_that_there_are,
    apps.app_is_in_a_namespace_of_the_users,
    apps.app_has_a_domain,
    apps.app_is_one_label_below_the_domain,
    apps.host_name_is_published_once,
)
