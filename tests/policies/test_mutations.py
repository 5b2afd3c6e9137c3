"""Each mutation breaks exactly its rule, and no near miss breaks any: asked directly, and by the real engine."""

from dataclasses import replace
from pathlib import Path

import pulumi
import pytest
from pulumi import automation
from pulumi.automation.events import EngineEvent

from policies.rules import RULES, violations
from policies.sdk import UNKNOWN
from tests.policies.mutations import MUTATIONS, NEAR_MISSES, Case
from tests.policies.test_pack import PACK, new_stack, path

__all__ = ["path"]  # a fixture


def broken(case: Case) -> set[str]:
    """The rules that say something of a resource."""
    return {rule.name for rule in RULES if violations(rule, case.kind, "thing", case.inputs)}


def test_there_are_enough_of_them() -> None:
    assert len(MUTATIONS) >= 40
    assert len(NEAR_MISSES) >= 20
    for rule in RULES:
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


@pytest.mark.lab
def test_the_real_engine_refuses_each_by_exactly_its_rule(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One preview of all of them. Components stand for resources: they need no provider."""
    cases = {f"case-{number}": case for number, case in enumerate([*MUTATIONS, *NEAR_MISSES])}

    def program() -> None:
        for name, case in cases.items():
            pulumi.ComponentResource(case.kind, name, case.inputs)

    monkeypatch.setenv("PATH", path)
    stack = new_stack(path, tmp_path, program)
    events: list[EngineEvent] = []
    with pytest.raises(automation.CommandError):
        stack.preview(policy_packs=[PACK], color="never", on_event=events.append)
    said = [event.policy_event for event in events if event.policy_event]
    found: dict[str, set[str]] = {}
    for one in said:
        found.setdefault((one.resource_urn or "").rpartition("::")[2], set()).add(one.policy_name)
    found.pop("join", None)  # new_stack's own
    assert found == {name: {case.rule} for name, case in cases.items() if case.rule}
