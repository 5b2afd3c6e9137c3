"""What is told of a stack's cost."""

import pulumi
import pytest

from components.clouds.azure.host_settings import AzureHost
from components.cost.report import monthly_cost
from tests.engine import run

HOSTS = {"azure-1": AzureHost(cloud="azure", roles=("agent",))}


def test_a_stack_says_and_puts_out_what_it_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi, "info", said.append)
    ran = run(lambda: pulumi.export("monthly_cost", monthly_cost(HOSTS)), stack="dev")
    assert len(said) == 1
    assert said[0].startswith("dev is expected to cost about ")
    assert ran.outputs["monthly_cost"]["usd"] > 0
    assert ran.secret_outputs == frozenset()


def test_a_preview_says_the_same() -> None:
    ran = run(lambda: pulumi.export("monthly_cost", monthly_cost(HOSTS)), preview=True)
    assert set(ran.outputs["monthly_cost"]) == {"usd", "hosts", "prices_of", "without"}
