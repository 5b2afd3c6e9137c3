"""The engine's events of a preview, made of two runs of the program under mocks: before, and after.

As the engine does, it masks secrets, tells what depends on nothing first, and deletes last, in the other direction.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pulumi.automation.events import EngineEvent

from tests.engine import Resource, Run

STACK = "urn:pulumi:test::tailnet-k3s::pulumi:pulumi:Stack::tailnet-k3s-test"
MASK = "[secret]"


def events(before: Run | None, after: Run, replaced: Collection[str] = ()) -> list[EngineEvent]:
    """`before`: None for an empty state. `replaced`: `Instance oracle-2`, for what a cloud can't change in place."""
    old, new = _states(before) if before else {}, _states(after)
    told = [_event(_operation(urn, old, new, replaced), urn, old.get(urn), state) for urn, state in new.items()]
    gone = [_event("delete", urn, state, None) for urn, state in reversed(old.items()) if urn not in new]
    return [*told, *gone, _stack(before, after)]


def policy(rule: str, message: str, *, level: str = "mandatory", urn: str = STACK) -> EngineEvent:
    """What a policy pack says of a resource."""
    said = {"policyName": rule, "message": message, "enforcementLevel": level, "resourceUrn": urn}
    return EngineEvent.from_json({"sequence": 0, "timestamp": 0, "policyEvent": said})


def diagnostic(severity: str, message: str) -> EngineEvent:
    """A line of the engine, or of the program."""
    said = {"severity": severity, "message": message, "color": "never"}
    return EngineEvent.from_json({"sequence": 0, "timestamp": 0, "diagnosticEvent": said})


def _states(run: Run) -> dict[str, dict[str, Any]]:
    """What the state has of each resource, by URN."""
    types = {f"{one.type.rpartition(':')[2]} {one.name}": one for one in run.resources}
    return {_urn(one, types): _state(one, types) for one in run.resources}


def _state(one: Resource, types: Mapping[str, Resource]) -> dict[str, Any]:
    inputs = {name: MASK if name in one.secrets else value for name, value in one.inputs.items()}
    parent = _urn(types[one.parent], types) if one.parent in types else STACK
    custom = one.request.custom
    return {"type": one.type, "urn": _urn(one, types), "parent": parent, "custom": custom, "inputs": inputs}


def _urn(one: Resource, types: Mapping[str, Resource]) -> str:
    chain, at = [one.type], one
    while at.parent in types:
        at = types[at.parent]
        chain.insert(0, at.type)
    return f"urn:pulumi:test::tailnet-k3s::{'$'.join(chain)}::{one.name}"


def _operation(
    urn: str, old: Mapping[str, dict[str, Any]], new: Mapping[str, dict[str, Any]], replaced: Collection[str]
) -> str:
    if urn not in old:
        return "create"
    if f"{new[urn]['type'].rpartition(':')[2]} {urn.rpartition('::')[2]}" in replaced:
        return "replace"
    return "same" if old[urn]["inputs"] == new[urn]["inputs"] else "update"


def _event(op: str, urn: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> EngineEvent:
    state = new or old or {}
    before, after = (old or {}).get("inputs", {}), (new or {}).get("inputs", {})
    keys = list(_paths(before, after, "")) if old and new else []
    step = {"op": op, "urn": urn, "type": state["type"], "old": old, "new": new, "diffs": keys, "provider": ""}
    return EngineEvent.from_json({"sequence": 0, "timestamp": 0, "resourcePreEvent": {"metadata": step}})


def _paths(old: Any, new: Any, path: str) -> Iterator[str]:
    """Paths of what differs, as a provider tells them: `spec.replicas`, `list[0]`."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            yield from _paths(old.get(key), new.get(key), f"{path}.{key}".lstrip("."))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, pair in enumerate(zip(old, new, strict=True)):
            yield from _paths(*pair, f"{path}[{index}]")
    elif old != new:
        yield path


def _stack(before: Run | None, after: Run) -> EngineEvent:
    states = [{"type": "pulumi:pulumi:Stack", "outputs": run.outputs} if run else None for run in (before, after)]
    step = {"op": "same", "urn": STACK, "type": "pulumi:pulumi:Stack", "old": states[0], "new": states[1]}
    return EngineEvent.from_json({"sequence": 0, "timestamp": 0, "resOutputsEvent": {"metadata": step}})
