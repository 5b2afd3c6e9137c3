"""The namespaces of apps: one each, unless the settings put several into one. Others may keep something there too."""

from collections.abc import Mapping

import pulumi

from components.cluster.k3s import K3s
from components.settings.apps import App

ALWAYS_THERE = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})


def namespace_of(name: str, app: App) -> str:
    """Where an app is: in a namespace of its own, unless the settings name one."""
    return app.namespace or name


def create_namespaces(apps: Mapping[str, App], cluster: K3s) -> dict[str, pulumi.Resource]:
    """By name, those of all apps; without Kubernetes' own, which nobody makes.

    Pods in them may run as the image says, but not with rights over their host (Pod Security Standard "baseline").
    """
    names = {namespace_of(name, app) for name, app in apps.items()} - ALWAYS_THERE
    if not names:
        return {}
    from pulumi_kubernetes.core.v1 import Namespace
    from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

    options = cluster.inside(None)
    labels = {"pod-security.kubernetes.io/enforce": "baseline"}
    return {
        name: Namespace(name, metadata=ObjectMetaArgs(name=name, labels=labels), opts=options) for name in sorted(names)
    }
