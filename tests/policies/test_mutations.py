"""Each mutation breaks exactly its rule, and no near miss breaks any: asked directly, and by the real engine."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi import automation
from pulumi.automation.events import EngineEvent
from pulumi.runtime import rpc
from pulumi_policy import ResourceValidationPolicy

from policies.rules import ADVICE, RULES, violations
from policies.sdk import UNKNOWN, SecretText, with_marks
from tests.conformity.stacks import ran
from tests.policies.mutations import MUTATIONS, NEAR_MISSES, Case
from tests.policies.test_pack import PACK, lab_runner, new_stack, path
from tests.stack import STACKS

__all__ = ["path"]  # a fixture


ALL = (*RULES, *ADVICE)


def broken(case: Case) -> set[str]:
    """The rules that say something of a resource."""

    def says(rule: ResourceValidationPolicy) -> list[str]:
        return violations(rule, case.kind, "thing", case.inputs, parents=case.parent, protect=case.protect)

    return {rule.name for rule in ALL if says(rule)}


def test_there_are_enough_of_them() -> None:
    assert len(MUTATIONS) >= 40
    assert len(NEAR_MISSES) >= 20
    for rule in ALL:
        assert sum(case.rule == rule.name for case in MUTATIONS) >= 2, rule.name


@pytest.mark.parametrize("case", MUTATIONS, ids=lambda case: case.rule)
def test_a_mutation_breaks_exactly_its_rule(case: Case) -> None:
    assert broken(case) == {case.rule}


@pytest.mark.parametrize("case", NEAR_MISSES, ids=lambda case: case.kind)
def test_a_near_miss_breaks_no_rule(case: Case) -> None:
    assert broken(case) == set()


@pytest.mark.parametrize("case", [*MUTATIONS, *NEAR_MISSES], ids=lambda case: case.rule or case.kind)
def test_inputs_that_a_preview_does_not_know_break_no_other_rule(case: Case) -> None:
    for name in case.inputs:
        assert broken(replace(case, inputs={**case.inputs, name: UNKNOWN})) <= {case.rule}, name


def declare(name: str, kind: str, inputs: Any, protect: bool, parent: pulumi.Resource | None) -> pulumi.Resource:
    """A component with these inputs. Components stand for resources, because they need no provider."""
    opts = pulumi.ResourceOptions(protect=protect, parent=parent)
    return pulumi.ComponentResource(kind, name, as_outputs(inputs), opts)


def as_outputs(value: Any) -> Any:
    """Inputs as a program gives them: with its secrets as an Output."""
    if isinstance(value, SecretText):
        return pulumi.Output.secret(str(value))
    if isinstance(value, dict):
        return {key: as_outputs(inner) for key, inner in value.items()}
    return [as_outputs(inner) for inner in value] if isinstance(value, list) else value


def said_of(
    path: str, folder: Path, monkeypatch: pytest.MonkeyPatch, program: Callable[[], None]
) -> dict[str, set[str]]:
    """The rules that say something in a preview, by resource. Without new_stack's own resource, which is refused."""
    monkeypatch.setenv("PATH", path)
    stack = new_stack(path, folder, program)
    events: list[EngineEvent] = []
    with pytest.raises(automation.CommandError):
        stack.preview(policy_packs=[PACK], color="never", on_event=events.append)
    found: dict[str, set[str]] = {}
    for one in (event.policy_event for event in events if event.policy_event):
        found.setdefault((one.resource_urn or "").rpartition("::")[2], set()).add(one.policy_name)
    assert "no-node-uses-or-offers-an-exit-node" in found.pop("join")
    return found


@pytest.mark.lab
def test_the_real_engine_refuses_each_by_exactly_its_rule(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One preview of all of them."""
    cases = {f"case-{number}": case for number, case in enumerate([*MUTATIONS, *NEAR_MISSES])}

    def program() -> None:
        for name, case in cases.items():
            parent = pulumi.ComponentResource(case.parent, f"{name}-parent") if case.parent else None
            declare(name, case.kind, case.inputs, case.protect, parent)

    found = said_of(path, tmp_path, monkeypatch, program)
    assert found == {name: {case.rule} for name, case in cases.items() if case.rule}


@pytest.mark.lab
@pytest.mark.parametrize("path", [lab_runner], indirect=True)
def test_the_real_engine_passes_the_own_stacks(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One preview of all resources of the lab's stack and of the one to copy."""
    stacks = {file.stem: ran(file).resources for file in STACKS}

    def program() -> None:
        for stack, resources in stacks.items():
            parents: dict[str, pulumi.Resource] = {}
            for one in resources:
                if not one.type.startswith("pulumi:providers:"):  # the engine takes no component for one
                    inputs = with_marks(rpc.deserialize_properties(one.request.object))
                    name = f"{stack}-{one.name}"
                    made = declare(name, one.type, inputs, one.request.protect, parents.get(one.parent))
                    parents[f"{one.type.rpartition(':')[2]} {one.name}"] = made

    assert said_of(path, tmp_path, monkeypatch, program) == {}
