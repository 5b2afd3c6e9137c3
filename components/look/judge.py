"""Applies every rule to every host. The user sees all findings at once, before anything is changed."""

from collections.abc import Callable, Iterator, Mapping

from components.look.facts import Facts
from components.look.findings import (
    additions,
    backup,
    capacity,
    clock,
    clusters,
    datastore,
    firewall,
    haproxy,
    host_keys,
    k3s_versions,
    kernels,
    nodes,
    overlay,
    owner,
    packages,
    ports,
    ranges,
    systems,
    unknown,
)
from components.look.wanted import WantedHost
from components.settings.errors import Finding

HostRule = Callable[[WantedHost, Facts], Iterator[Finding]]
StackRule = Callable[[Mapping[str, WantedHost], Mapping[str, Facts]], Iterator[Finding]]

RULES: tuple[HostRule, ...] = (
    owner.machine_belongs_to_no_other_stack,  # the first one, see `judge`
    unknown.facts_are_known,
    systems.system_is_supported,
    systems.architecture_matches_the_settings,
    kernels.kernel_counts_memory,
    kernels.kubelet_supports_the_cgroup_version,
    kernels.kernel_has_the_modules_of_k3s,
    capacity.memory_is_enough_for_the_roles,
    capacity.disks_can_be_written,
    capacity.disks_have_room,
    clock.clock_is_kept_right,
    packages.packages_can_be_installed,
    datastore.host_suits_the_datastore,
    clusters.node_has_no_other_cluster,
    clusters.host_has_no_other_etcd,
    haproxy.node_has_no_other_haproxy,
    ports.ports_of_the_roles_are_free,
    ranges.ranges_do_not_overlap,
    firewall.firewall_lets_the_cluster_through,
    overlay.overlay_suits_the_cluster,
    additions.settings_are_the_programs,
    host_keys.host_key_is_in_no_user_data,
)
COMPARISONS: tuple[StackRule, ...] = (
    systems.machine_has_one_name,
    clock.clocks_are_right,
    datastore.hosts_suit_one_datastore,
    backup.backups_are_made,
    nodes.node_is_the_hosts_machine,
    nodes.nodes_take_pods,
    k3s_versions.minor_is_not_downgraded,
    k3s_versions.k3s_skips_no_minor,
)
"""Rules that compare the hosts that have facts."""
STACK_RULES: tuple[StackRule, ...] = (k3s_versions.minor_changes_on_all_servers,)
"""Rules that need all hosts, also those without facts."""


def judge(wanted: Mapping[str, WantedHost], facts: Mapping[str, Facts]) -> list[Finding]:
    """All findings, in the order of `wanted`. Most rules skip a host without facts: it did not answer.

    Of a machine of another stack, only this is told: to remove what runs there would be wrong.
    """
    seen = {name: host for name, host in wanted.items() if name in facts}
    of_one = [
        finding
        for name, host in seen.items()
        for rule in (RULES[:1] if host.is_of_another_stack(facts[name]) else RULES)
        for finding in rule(host, facts[name])
    ]
    known = {name: facts[name] for name in seen}
    compared = [finding for rule in COMPARISONS for finding in rule(seen, known)]
    return of_one + compared + [finding for rule in STACK_RULES for finding in rule(wanted, facts)]
