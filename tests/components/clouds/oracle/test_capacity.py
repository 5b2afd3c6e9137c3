"""What Oracle's "Out of host capacity" becomes: a line that says what to change, and where else to try."""

import asyncio
from typing import Any

import pulumi
import pytest

from components.clouds.oracle.capacity import advice, is_out_of_capacity
from components.clouds.oracle.host_settings import OracleHost
from tests.components.hosts.kinds import ORACLE, hosts_of, mixed

ERROR = (
    "1 error occurred:\n\t* 500-InternalError, Out of host capacity.\nSuggestion: The service for this resource "
    "encountered an error. Please contact support for help with service: Core Instance"
)
DOMAINS = ["xyz:FRA-AD-1", "xyz:FRA-AD-2", "xyz:FRA-AD-3"]


def said(domain: str = "xyz:FRA-AD-1", domains: list[str] | None = None, **host: Any) -> str:
    """The advice for a host."""
    return advice(
        "box", OracleHost(cloud="oracle", roles=("agent",), **host), domain, DOMAINS if domains is None else domains
    )


def test_oracles_words_for_it_are_known() -> None:
    assert is_out_of_capacity(ERROR)
    assert is_out_of_capacity("500-OutOfCapacity: none left")
    assert not is_out_of_capacity("400-LimitExceeded: standard-a1-core-count")


def test_the_next_availability_domain_is_offered_as_a_command() -> None:
    assert "no VM.Standard.A1.Flex left in xyz:FRA-AD-1" in said()
    assert "pulumi config set --path hosts.box.availability_domain xyz:FRA-AD-2;" in said()
    assert "availability_domain xyz:FRA-AD-1;" in said("xyz:FRA-AD-3")
    assert "\n" not in said()


def test_a_chosen_fault_domain_is_the_first_thing_to_change() -> None:
    text = said(fault_domain="FAULT-DOMAIN-3")
    assert "xyz:FRA-AD-1 FAULT-DOMAIN-3" in text
    assert text.index("hosts.box.fault_domain FAULT-DOMAIN-1") < text.index("availability_domain")


def test_a_region_of_one_domain_and_one_that_is_not_known() -> None:
    assert "has no other availability domain" in said(domains=["xyz:FRA-AD-1"])
    assert "availability_domain" not in said(domains=[])
    assert "hosts.box.availability_domain xyz:FRA-AD-1" in said("misspelt")


def failed(*errors: str) -> pulumi.ErrorHookArgs:
    """What the engine tells of a creation that failed, the latest error first."""
    return pulumi.ErrorHookArgs("urn", "", "oracle-5", "oci:Core/instance:Instance", errors=list(errors))


@pytest.mark.parametrize(
    ("errors", "explained"), [((ERROR,), True), (("404-NotAuthorized", ERROR), False), ((), False)]
)
def test_the_engine_asks_when_an_instance_fails_and_is_told_not_to_try_again(
    errors: tuple[str, ...], explained: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", said.append)
    ran = hosts_of(mixed(hosts={"oracle-5": ORACLE}))
    hook = ran.error_hooks["oracle-5-capacity"]
    assert list(ran.one("Instance", "oracle-5").request.hooks.on_error) == ["oracle-5-capacity"]

    async def ask() -> bool:
        answer = hook(failed(*errors))
        return answer if isinstance(answer, bool) else await answer

    assert asyncio.run(ask()) is False
    assert [text.startswith("oracle-5: Oracle has no ") for text in said] == [True] * explained
