"""Rules against other clusters: a node has one Kubernetes and one pod network."""

from collections.abc import Iterator

from components.datastore.registry import DATASTORES
from components.look.facts import Cluster, Facts
from components.look.wanted import WantedHost
from components.settings.errors import Finding

OURS = ("k3s-binary", "k3s-node")
REMOVALS = {
    "k3s": "sudo k3s-uninstall.sh, or on an agent sudo k3s-agent-uninstall.sh",
    "rke2": "sudo rke2-uninstall.sh",
    "kubeadm": "sudo kubeadm reset, then sudo apt-get purge kubelet kubeadm",
    "kubelet": "sudo systemctl disable --now kubelet, then sudo apt-get purge kubelet",
    "MicroK8s": "sudo snap remove --purge microk8s",
    "k0s": "sudo k0s stop, then sudo k0s reset",
    "CRI-O": "sudo apt-get purge cri-o",
}
KUBERNETES = ("k3s", "rke2", "kubeadm", "kubelet", "MicroK8s", "k0s")


def others(wanted: WantedHost, facts: Facts) -> list[Cluster]:
    """Other Kubernetes software on a node. Leaves out the parts that come with a kind that is listed already."""
    if not wanted.is_node:
        return []
    ours = {"etcd", "k3s", "CNI"} if wanted.did(facts, *OURS) else {"etcd"}
    found = {one.kind: one for one in facts.clusters or () if one.kind not in ours}
    if "kubeadm" in found:
        found.pop("kubelet", None)
    if any(kind in found for kind in KUBERNETES):
        found.pop("CNI", None)
    return list(found.values())


def node_has_no_other_cluster(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """The program would stop the other cluster when the host joins, and delete it when the host leaves."""
    for one in others(wanted, facts):
        if one.kind == "CNI":
            yield Finding(
                wanted.key,
                f"has settings of another container network ({one.path}), but k3s brings its own. Move them away, or"
                " remove the program that uses them.",
            )
        else:
            yield Finding(
                wanted.key,
                f"has {one.kind} already ({one.path}), but the program's k3s needs the host for itself."
                f" Use another machine, or remove it there: {REMOVALS[one.kind]}",
            )


def host_has_no_other_etcd(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """An etcd of kubeadm is part of that finding. Any other etcd may hold the owner's data."""
    kinds = {one.kind: one for one in facts.clusters or ()}
    etcd = kinds.get("etcd")
    if not etcd or "kubeadm" in kinds or not (wanted.is_node or "database" in wanted.roles):
        return
    is_ours = etcd.kind == wanted.datastore.kind and wanted.did(facts, *DATASTORES[etcd.kind].look.steps)
    if not is_ours:
        yield Finding(
            wanted.key,
            f"has an etcd with data ({etcd.path}). Use another machine, or save what you need and move it away:"
            " sudo systemctl disable --now etcd; sudo mv /var/lib/etcd /var/lib/etcd-mine",
        )
