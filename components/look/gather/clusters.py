"""Part of the look's script: finds clusters and container networks by their files."""

from __future__ import annotations

from typing import Any

from components.look.gather.reading import paths

UNIT_FOLDERS = ("/etc/systemd/system", "/usr/local/lib/systemd/system", "/lib/systemd/system")
TRACES = {
    "k3s": (
        *("/usr/local/bin/k3s", "/usr/bin/k3s", "/opt/bin/k3s", "k3s.service", "k3s-agent.service"),
        *("/var/lib/rancher/k3s/server/tls", "/var/lib/rancher/k3s/agent/*.kubeconfig"),
    ),
    "rke2": (
        "/var/lib/rancher/rke2",
        "/usr/local/bin/rke2",
        "/usr/bin/rke2",
        "rke2-server.service",
        "rke2-agent.service",
    ),
    "kubeadm": (
        *("/etc/kubernetes/admin.conf", "/etc/kubernetes/kubelet.conf", "/etc/kubernetes/manifests/*.yaml"),
        "/usr/bin/kubeadm",
    ),
    "kubelet": ("kubelet.service",),
    "MicroK8s": ("/var/snap/microk8s",),
    "k0s": ("/var/lib/k0s", "k0scontroller.service", "k0sworker.service"),
    "etcd": ("/var/lib/etcd/member", "/var/lib/etcd/*/member", "/etc/systemd/system/etcd.service"),
    "CRI-O": ("/etc/crio", "crio.service"),
    "CNI": ("/etc/cni/net.d/*.conf", "/etc/cni/net.d/*.conflist"),
}
"""Paths that show each kind, the clearest first. A name without a folder is a systemd unit."""


def clusters() -> list[dict[str, Any]]:
    """Each kind that was found, with the first path that shows it."""
    found = []
    for kind, patterns in TRACES.items():
        traces = [path for pattern in patterns for full in _full(pattern) for path in paths(full)]
        if traces:
            found.append({"kind": kind, "path": traces[0]})
    return found


def _full(pattern: str) -> list[str]:
    return [pattern] if pattern.startswith("/") else [f"{folder}/{pattern}" for folder in UNIT_FOLDERS]
