"""Settings of a Provider resource (pulumi:providers:kubernetes), and which changes mean another cluster."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.provider.experimental import provider as sdk

from lab.providers.kubernetes.kubeconfig import cluster_of
from lab.providers.properties import has_unknown

KNOWN = frozenset(
    {
        "cluster",
        "clusterIdentifier",
        "context",
        "deleteUnreachable",
        "enableConfigMapMutable",
        "enablePatchForce",
        "enableSecretMutable",
        "enableServerSideApply",
        "kubeconfig",
        "namespace",
        "suppressDeprecationWarnings",
        "suppressHelmHookWarnings",
        "upsertExistingObjects",
    }
)
IDENTITY = ("kubeconfig", "context", "cluster")


@dataclass(frozen=True)
class Settings:
    """A provider's settings. `known` is False while the kubeconfig or another setting is unknown."""

    known: bool = True
    kubeconfig: str | None = None
    context: str | None = None
    cluster: str | None = None
    namespace: str = ""
    delete_unreachable: bool = False
    patch_force: bool = False
    upsert: bool = False
    mutable: frozenset[str] = frozenset()
    """Which of ConfigMap and Secret are changed in place instead of replaced."""


def read_settings(inputs: Mapping[str, Any]) -> Settings:
    """Settings from plain inputs. The SDK sends booleans as JSON text."""
    if has_unknown({name: value for name, value in inputs.items() if name in KNOWN}):
        return Settings(known=False)
    mutable = {"ConfigMap": "enableConfigMapMutable", "Secret": "enableSecretMutable"}
    return Settings(
        kubeconfig=inputs.get("kubeconfig") or None,
        context=inputs.get("context") or None,
        cluster=inputs.get("cluster") or None,
        namespace=inputs.get("namespace") or "",
        delete_unreachable=_flag(inputs, "deleteUnreachable"),
        patch_force=_flag(inputs, "enablePatchForce"),
        upsert=_flag(inputs, "upsertExistingObjects"),
        mutable=frozenset(kind for kind, name in mutable.items() if _flag(inputs, name)),
    )


def _flag(inputs: Mapping[str, Any], name: str) -> bool:
    value = inputs.get(name)
    return json.loads(value) is True if isinstance(value, str) and value else value is True


def failures(inputs: Mapping[str, Any]) -> Iterator[sdk.CheckFailure]:
    """Problems of a provider's inputs."""
    for name in inputs:
        if name not in KNOWN and not name.startswith("__") and name != "version":
            yield sdk.CheckFailure(name, f"{name}: this stand-in knows only {', '.join(sorted(KNOWN))}")
    if inputs.get("enableServerSideApply") in (False, "false"):
        yield sdk.CheckFailure("enableServerSideApply", "this stand-in knows server-side apply only: leave it on")


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, bool]:
    """Names of the settings that differ, and whether they mean another cluster: then all its objects are replaced.

    If there is a `clusterIdentifier`, only that decides. Otherwise the kubeconfig's entry of the current cluster
    decides. Unknown settings do not mean another cluster.
    """
    found = [name for name in sorted(KNOWN) if before.get(name) != after.get(name)]
    if has_unknown(dict(after)):
        return dict.fromkeys(found, False)
    if before.get("clusterIdentifier") or after.get("clusterIdentifier"):
        return {name: name == "clusterIdentifier" for name in found}
    moved = [name for name in found if name in IDENTITY]
    other = bool(moved) and _cluster(before) != _cluster(after)
    return {name: other and name in moved for name in found}


def _cluster(inputs: Mapping[str, Any]) -> Any:  # an entry of a kubeconfig
    try:
        return cluster_of(*(inputs.get(name) or None for name in IDENTITY))
    except RuntimeError:
        return None
