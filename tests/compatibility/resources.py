"""What the state of a stack holds about each resource, as far as a later program must agree with it."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.engine import Resource, Run

REPLACED_BY_A_CHANGE = ("oci:Core/", "azure-native:", "tls:", "random:", "tailscale:", "cloudflare:")
"""Types of resources whose inputs are compared. Most changes of one destroy a machine, data, a key or a name."""


STACK = "pulumi:pulumi:Stack"
"""Of all resources without a parent. It is not in their URNs."""


def recorded(run: Run) -> dict[str, Any]:
    """By URN without stack and project: the inputs that must stay, or null where only the URN must."""
    parents = parents_of(run)
    return {urn(one, parents): _inputs(one) for one in run.resources}


def urn(resource: Resource, parents: Mapping[str, Resource]) -> str:
    """`PARENTS$TYPE::NAME`, as the engine's own: types of all parents stand before the resource's."""
    return f"{_types(resource, parents)}::{resource.name}"


def identities(resource: Resource, parents: Mapping[str, Resource]) -> Iterator[str]:
    """URNs by which the engine finds a resource in a state: its own, and those of aliases, its own or its parents'."""
    request = resource.request
    own = [(resource.type, resource.name, request.parent)]
    for alias in request.aliases:
        if alias.urn:
            yield tail(alias.urn)
            continue
        spec = alias.spec
        parent = "" if spec.noParent else spec.parentUrn or request.parent
        own.append((spec.type or resource.type, spec.name or resource.name, parent))
    for kind, name, parent in own:
        above = parents.get(tail(parent))
        if above is None:
            types = tail(parent).rpartition("::")[0]  # an alias may name a parent that is none any more
            yield f"{kind}::{name}" if types in ("", STACK) else f"{types}${kind}::{name}"
            continue
        for one in identities(above, parents):
            yield f"{one.rpartition('::')[0]}${kind}::{name}"


def parents_of(run: Run) -> dict[str, Resource]:
    """Resources by the end of the URN that the mocks give them, which has one parent's type only."""
    found = {}
    for one in run.resources:
        above = tail(one.request.parent).rpartition("::")[0].rpartition("$")[2]
        found[f"{above}${one.type}::{one.name}"] = one
    return found


def tail(urn: str) -> str:
    """A URN without its stack and project."""
    return urn.split("::", 2)[-1]


def _types(resource: Resource, parents: Mapping[str, Resource]) -> str:
    above = parents.get(tail(resource.request.parent))
    return f"{_types(above, parents)}${resource.type}" if above else resource.type


def _inputs(resource: Resource) -> dict[str, Any] | None:
    if resource.type.startswith("kubernetes:"):
        metadata = resource.inputs.get("metadata") or {}
        return {"metadata": {key: metadata[key] for key in ("name", "namespace") if key in metadata}}
    if not resource.type.startswith(REPLACED_BY_A_CHANGE):
        return None
    ignored = {path.partition(".")[0] for path in resource.request.ignoreChanges}
    return {key: value for key, value in sorted(resource.inputs.items()) if key not in ignored}
