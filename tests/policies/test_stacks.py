"""The program's own stacks break no rule. A rule that finds something in them would stop every `up`."""

import time
from pathlib import Path

import pytest
from pulumi_policy import ResourceValidationPolicy

from policies.rules import ADVICE, RULES
from tests.conformity.program import run_program
from tests.conformity.stacks import ran, settings_of, typed_in
from tests.policies.asked import asked
from tests.stack import ROOT

OWN = (
    *(ROOT / f"Pulumi.{name}.yaml" for name in ("lab", "dev", "machines")),
    *sorted((ROOT / "tests" / "end_to_end" / "stacks").glob("Pulumi.*.yaml")),
)


@pytest.mark.parametrize("file", OWN, ids=lambda file: file.stem)
@pytest.mark.parametrize("rule", [*RULES, *ADVICE], ids=lambda rule: rule.name)
def test_no_resource_breaks_a_rule(rule: ResourceValidationPolicy, file: Path) -> None:
    found = [message for one in ran(file).resources for message in asked(rule, one)]
    assert found == []


@pytest.mark.parametrize("file", OWN, ids=lambda file: file.stem)
def test_a_preview_of_an_empty_stack_breaks_no_rule(file: Path) -> None:
    """The program itself asks all rules about every resource, and stops at the first message."""
    assert run_program(typed_in(settings_of(file)), "test", preview=True).transforms


@pytest.mark.parametrize("file", OWN, ids=lambda file: file.stem)
def test_all_rules_about_all_resources_take_little_time(file: Path) -> None:
    """They run at each preview and at each update, in the pack and in the program."""
    resources = ran(file).resources
    begin = time.process_time()
    for one in resources:
        for rule in (*RULES, *ADVICE):
            asked(rule, one)
    assert time.process_time() - begin < 3
