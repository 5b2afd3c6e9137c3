"""Rules for nodes, as the API describes them: each is the machine of its host, and takes pods as the settings say."""

from collections.abc import Iterator, Mapping

from components.look.facts import Facts, Node
from components.look.wanted import WantedHost
from components.settings.errors import Finding

OF_KUBERNETES = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/")
"""Taints that Kubernetes sets and removes by itself."""


def node_is_the_hosts_machine(wanted: Mapping[str, WantedHost], facts: Mapping[str, Facts]) -> Iterator[Finding]:
    """Whoever has the cluster's token can let another machine join under a host's name. The node would be Ready.

    A node of an earlier machine of that name is not Ready. The program removes it.
    """
    for node, host, found in _nodes(wanted, facts):
        ours = found.machine_id
        if node.ready and ours and node.machine_id not in (None, ours) and host.did(found, "k3s-node"):
            yield Finding(
                host.key,
                f"is not the machine that runs as the node {node.name}: that one's machine-id is {node.machine_id}, and"
                f" this host's is {ours}. Find the other machine and stop its k3s, then run: kubectl delete node"
                f" {node.name}; kubectl -n kube-system delete secret {node.name}.node-password.k3s",
            )


def nodes_take_pods(wanted: Mapping[str, WantedHost], facts: Mapping[str, Facts]) -> Iterator[Finding]:
    """Warns of what somebody has told the scheduler by hand. It may be on purpose, so it stays."""
    for node, host, _ in _nodes(wanted, facts):
        if node.cordoned:
            yield Finding(host.key, is_cordoned(node.name), "warning")
        known = {taint.replace("=:", ":") for taint in (*host.taints, *node.own_taints)}
        for taint in node.taints:
            if taint not in known and not taint.startswith(OF_KUBERNETES):
                yield Finding(
                    host.key,
                    f"has a node with the taint {taint}, which is not in the settings. Add it to {host.key}.taints, or"
                    f" run: kubectl taint node {node.name} {taint}-",
                    "warning",
                )


def is_cordoned(node: str) -> str:
    """What is said of the host of a cordoned node."""
    return f"has a cordoned node: no new pods start there. To change that: kubectl uncordon {node}"


def _nodes(wanted: Mapping[str, WantedHost], facts: Mapping[str, Facts]) -> Iterator[tuple[Node, WantedHost, Facts]]:
    """The nodes that are hosts of the settings, by the first server that tells."""
    known = next((found.nodes for found in facts.values() if found.nodes is not None), ())
    for node in known:
        if node.name in wanted and wanted[node.name].is_node:
            yield node, wanted[node.name], facts[node.name]
