"""Reads the engine's events of a preview."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pulumi.automation.events import EngineEvent, StepEventMetadata

from preview.errors import readable
from preview.names import STACK, Urn

Operation = Literal["create", "update", "replace", "delete"]
OPERATIONS: Mapping[str, Operation] = {
    "create": "create",
    "import": "create",
    "update": "update",
    "replace": "replace",
    "delete": "delete",
}
"""Other operations change nothing, or are the two halves of a `replace`."""
SUMS = frozenset({"preview failed", "preview canceled", "update failed", "update canceled"})
"""The engine's last words after another error."""
OF_PLUGINS = ("using pulumi-resource-", "using pulumi-analyzer-", "no resource plugin ")
"""Beginnings of warnings about plugins that were not downloaded. They say nothing of the stack."""


@dataclass(frozen=True)
class Change:
    """One resource that an `up` would change. Secrets in its inputs are masked by the engine."""

    operation: Operation
    urn: Urn
    parent: Urn | None
    """None: the stack itself."""
    old: Mapping[str, Any]
    """Inputs in the state. Empty for a new resource."""
    new: Mapping[str, Any]
    """Inputs of the program. Empty for a resource that goes."""
    paths: tuple[str, ...] = ()
    """Paths of the inputs that differ."""
    custom: bool = True
    """False: a component, which exists in the state only."""
    retained: bool = False
    """Whether only the state forgets it."""


@dataclass(frozen=True)
class PolicyFinding:
    """What a policy pack says of a resource."""

    rule: str
    message: str
    mandatory: bool


@dataclass
class Preview:
    """All that a preview has told."""

    changes: list[Change] = field(default_factory=list)
    hosts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Roles of each host that is, or was, in the stack. Empty: an older version did not record them."""
    findings: list[PolicyFinding] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Errors: `up` would not start, or would stop."""
    warnings: list[str] = field(default_factory=list)
    cost_before: float | None = None
    cost_after: float | None = None
    """US dollars a month. None: not known."""


def read(events: Iterable[EngineEvent], failure: str = "") -> Preview:
    """What the events of one preview say. Changes are sorted by name. `failure`: why it failed, if no event says so."""
    seen = Preview()
    for event in events:
        if event.resource_pre_event is not None:
            _step(seen, event.resource_pre_event.metadata)
        elif event.res_outputs_event is not None:
            _outputs(seen, event.res_outputs_event.metadata)
        elif event.policy_event is not None:
            said = event.policy_event
            found = PolicyFinding(said.policy_name, _one_line(said.message), said.enforcement_level == "mandatory")
            if found not in seen.findings:
                seen.findings.append(found)
        elif event.diagnostic_event is not None:
            _diagnostic(seen, event.diagnostic_event.severity, event.diagnostic_event.message)
    if failure and not seen.problems and not any(one.mandatory for one in seen.findings):
        seen.problems.append(failure)
    # The engine's order differs from run to run.
    seen.changes.sort(key=lambda change: (change.urn.name, change.urn.types))
    seen.hosts = dict(sorted(seen.hosts.items()))
    return seen


def _step(seen: Preview, step: StepEventMetadata) -> None:
    state = step.new or step.old
    if state is None:
        return
    urn = Urn.parse(step.urn)
    old = (step.old.inputs if step.old else None) or {}
    new = (step.new.inputs if step.new else None) or {}
    if urn.type.startswith("tailnet-k3s:hosts:") and urn.type.endswith("Host"):
        seen.hosts[urn.name] = tuple((new or old).get("roles") or ())
    operation = OPERATIONS.get(step.op)
    if operation is None or urn.type == STACK or urn.type.startswith("pulumi:providers:"):
        return
    paths = tuple(step.detailed_diff or step.diffs or step.keys or ())
    if operation == "update" and not paths and old == new:
        return  # an option of the resource, such as what it depends on
    parent = Urn.parse(state.parent) if state.parent else None
    custom, retained = bool(state.custom), bool(step.old and step.old.retain_on_delete)
    seen.changes.append(Change(operation, urn, parent, old, new, paths, custom, retained))


def _outputs(seen: Preview, step: StepEventMetadata) -> None:
    if step.type == STACK:
        seen.cost_before = _cost(step.old.outputs if step.old else None)
        seen.cost_after = _cost(step.new.outputs if step.new else None)


def _cost(outputs: Mapping[str, Any] | None) -> float | None:
    cost = (outputs or {}).get("monthly_cost")
    usd = cost.get("usd") if isinstance(cost, Mapping) else None
    return float(usd) if isinstance(usd, int | float) else None


def _diagnostic(seen: Preview, severity: str, message: str) -> None:
    text = readable(message.strip())
    if text in SUMS or text.startswith(OF_PLUGINS):
        return
    told = {"error": seen.problems, "warning": seen.warnings}.get(severity)
    if told is not None and text not in told:
        told.append(text)


def _one_line(text: str) -> str:
    return " ".join(text.split())
