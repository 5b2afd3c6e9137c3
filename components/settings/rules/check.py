"""Checks a stack's settings against all rules."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from components.clouds import registry
from components.datastore.kind import Kind
from components.datastore.registry import DATASTORES
from components.settings.errors import Finding
from components.settings.rules import (
    addresses,
    apps,
    backup,
    cluster,
    cost,
    downloads,
    edge,
    exit_nodes,
    storage,
)
from components.settings.rules.rule import Rule


def broken(parts: Mapping[str, Any], *further: Rule) -> list[Finding]:
    """Findings of all rules, and of `further` ones. Skips a rule if a part that it needs is missing."""
    findings: list[Finding] = []
    kinds = [DATASTORES[parts["datastore"].kind]] if "datastore" in parts else []
    for rule in (*rules(kinds), *further):
        asked = inspect.signature(rule).parameters.values()
        needed = [parameter.name for parameter in asked if parameter.default is parameter.empty]
        if set(needed) <= parts.keys():
            findings += rule(**{name: parts[name] for name in needed})
    return findings


def rules(datastores: Iterable[Kind] | None = None) -> tuple[Rule, ...]:
    """Rules of all stacks, of these kinds of datastore (None: of all) and of clouds, in the order of their errors."""
    kinds = DATASTORES.values() if datastores is None else datastores
    of_datastores = [rule for kind in kinds for rule in kind.rules]
    of_clouds = [rule for cloud in registry.CLOUDS for rule in cloud.rules]
    return (*OF_THE_CLUSTER, *of_datastores, *of_clouds, *OF_THE_REST)


OF_THE_CLUSTER: tuple[Rule, ...] = (
    cluster.cluster_has_a_server,
    cluster.every_host_has_something_to_do,
)
OF_THE_REST: tuple[Rule, ...] = (
    addresses.address_ranges_are_apart,
    addresses.pod_range_has_a_block_for_each_node,
    addresses.service_range_is_of_a_size_that_kubernetes_takes,
    exit_nodes.no_node_uses_or_offers_an_exit_node,
    downloads.open_mirror_has_pinned_checksums,
    edge.ingress_and_domain_come_together,
    edge.ingress_has_ports_80_and_443,
    edge.every_ingress_host_has_a_traefik,
    storage.object_store_is_on_one_host,
    storage.object_store_fits_on_its_host,
    storage.account_uses_buckets_that_there_are,
    apps.app_is_in_a_namespace_of_the_users,
    apps.app_has_a_domain,
    apps.app_is_one_label_below_the_domain,
    apps.host_name_is_published_once,
    backup.restore_knows_the_bucket,
    cost.hosts_cost_no_more_than_the_limit,
)
