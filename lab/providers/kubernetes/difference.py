"""Compares two objects, property by property, and decides which changes need a new object."""

import re
from collections.abc import Iterable
from typing import Any

from pulumi.provider.experimental import provider as sdk

from lab.providers.kubernetes.cluster import Manifest
from lab.providers.properties import has_unknown

Changes = dict[str, sdk.PropertyDiffKind]
"""The kind of change by path: `spec.replicas`, `spec.containers[0].image`, `metadata.labels["example.org/a"]`."""

_KINDS = sdk.PropertyDiffKind
_REPLACING = {
    _KINDS.ADD: _KINDS.ADD_REPLACE,
    _KINDS.DELETE: _KINDS.DELETE_REPLACE,
    _KINDS.UPDATE: _KINDS.UPDATE_REPLACE,
}

# Properties whose change replaces an object in the published plugin (4.x), by group and kind. Nested ones count, too.
REPLACED_BY: dict[str, tuple[str, ...]] = {
    "apps/DaemonSet": ("spec.selector",),
    "apps/Deployment": ("spec.selector",),
    "apps/StatefulSet": (
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    "batch/Job": ("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    "rbac.authorization.k8s.io/ClusterRoleBinding": ("roleRef",),
    "rbac.authorization.k8s.io/RoleBinding": ("roleRef",),
    "storage.k8s.io/StorageClass": ("parameters", "provisioner"),
    "/PersistentVolumeClaim": ("spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"),
    "/ResourceQuota": ("spec.scopes",),
    "/Secret": ("type",),
    "/Service": ("spec.clusterIP",),
}
POD_UPDATES = ("spec.activeDeadlineSeconds", "spec.ephemeralContainers", "spec.tolerations")
"""What can change in a pod's spec. For nearly every other change in it, the published plugin replaces the pod."""
VOLUME_UPDATES = (
    "spec.accessModes",
    "spec.capacity",
    "spec.claimRef",
    "spec.mountOptions",
    "spec.nodeAffinity",
    "spec.persistentVolumeReclaimPolicy",
    "spec.storageClassName",
    "spec.volumeAttributesClassName",
    "spec.volumeMode",
)
"""What can change in a persistent volume's spec. For a change of its source, it is replaced."""


def differences(before: Any, after: Any, path: str = "") -> Changes:  # any JSON values
    """The changes from `before` to `after`. An unknown value counts as changed."""
    if isinstance(before, dict) and isinstance(after, dict):
        found: Changes = {}
        for name in dict.fromkeys([*before, *after]):
            inside = _child(path, name)
            if name not in before:
                found[inside] = _KINDS.ADD
            elif name not in after:
                found[inside] = _KINDS.DELETE
            else:
                found |= differences(before[name], after[name], inside)
        return found
    if isinstance(before, list) and isinstance(after, list):
        found = {}
        for index in range(max(len(before), len(after))):
            inside = f"{path}[{index}]"
            if index >= len(before):
                found[inside] = _KINDS.ADD
            elif index >= len(after):
                found[inside] = _KINDS.DELETE
            else:
                found |= differences(before[index], after[index], inside)
        return found
    return {} if before == after and not has_unknown(after) else {path: _KINDS.UPDATE}


def _child(path: str, name: str) -> str:
    """A path in the engine's format: names with dots or other special characters are in quotes."""
    if not re.fullmatch(r"[A-Za-z_$][A-Za-z0-9_$]*", name):
        return f'{path}["{name}"]'
    return f"{path}.{name}" if path else name


def replacing(manifest: Manifest, paths: Iterable[str], mutable: frozenset[str]) -> set[str]:
    """The paths that need a new object. `mutable`: which of ConfigMap and Secret may change in place."""
    rules, exceptions = _rules(manifest, mutable)
    return {
        path
        for path in paths
        if any(is_within(path, rule) for rule in rules) and not any(is_within(path, rule) for rule in exceptions)
    }


def _rules(manifest: Manifest, mutable: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Paths whose change replaces the object, and paths within them whose change does not."""
    always = ("kind", "metadata.name", "metadata.namespace")
    group, kind = manifest["apiVersion"].rpartition("/")[0], manifest["kind"]
    if group == "" and kind in ("ConfigMap", "Secret") and (kind not in mutable or manifest.get("immutable") is True):
        return (*always, "type", "stringData", "data", "binaryData"), ()
    if group == "" and kind == "Pod":
        return (*always, "spec"), POD_UPDATES
    if group == "" and kind == "PersistentVolume":
        return (*always, "spec"), VOLUME_UPDATES
    return always + REPLACED_BY.get(f"{group}/{kind}", ()), ()


def is_within(path: str, outer: str) -> bool:
    """Whether a path equals another one, or is nested in it."""
    return path == outer or path.startswith((f"{outer}.", f"{outer}["))


def detailed(changes: Changes, replaces: set[str]) -> dict[str, sdk.PropertyDiff]:
    """The changes in the engine's format."""
    return {
        path: sdk.PropertyDiff(_REPLACING[kind] if path in replaces else kind, input_diff=True)
        for path, kind in changes.items()
    }
