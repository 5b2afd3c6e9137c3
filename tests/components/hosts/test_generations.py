"""A machine, its place in the tailnet and the key that it joins with belong together: none outlives the others."""

import asyncio
from functools import cache

import pulumi
import pytest

from components.hosts.look_result import LookResult
from tests.components.hosts.kinds import hosts_of, mixed
from tests.engine import Resource, Run

MACHINES = {"oracle-5": "Instance", "azure-6": "VirtualMachine"}
HOSTS = ("oracle-5", "azure-6", "home-7")


@cache
def of_generation(number: int) -> Run:
    return hosts_of(mixed(), found={host: LookResult(generation=number) for host in HOSTS})


def trigger(resource: Resource) -> str:
    """What the engine compares: another text replaces the resource."""
    return str(resource.request.replacement_trigger.string_value)


def device(host: str) -> str:
    return f"lab-{host}-xxxx"


@pytest.mark.parametrize("host", HOSTS)
def test_another_machine_gets_another_device(host: str) -> None:
    assert "keepers" not in of_generation(0).one("RandomString", host).inputs
    assert of_generation(2).one("RandomString", host).inputs["keepers"] == {"generation": "2"}


@pytest.mark.parametrize("host", HOSTS)
def test_key_and_removal_belong_to_the_device(host: str) -> None:
    for number in (0, 1):
        for kind in ("TailnetKey", "Command"):
            assert trigger(of_generation(number).one(kind, host)) == device(host)


@pytest.mark.parametrize("host", MACHINES)
def test_a_machine_belongs_to_the_device_as_which_it_joins(host: str) -> None:
    machine = of_generation(0).one(MACHINES[host], host)
    assert trigger(machine) == device(host)
    assert machine.request.deleteBeforeReplace
    assert f"'DEVICE={device(host)}'" in of_generation(0).one("Command", f"{host}-first-boot").inputs["create"]


@pytest.mark.parametrize("host", MACHINES)
@pytest.mark.parametrize("is_second", [True, False])
def test_a_second_machine_is_not_created_with_a_key_that_is_used(host: str, is_second: bool) -> None:
    """`pulumi up --replace` of the machine alone, or a change that the cloud wants a new one for."""
    joined_as = device(host) if is_second else "lab-earlier-abcd"
    ran = hosts_of(mixed(), found={host: LookResult(joined_as=joined_as)})
    assert list(ran.one(MACHINES[host], host).request.hooks.before_create) == [f"{host}-only-once"]
    options = ran.hooks[f"{host}-only-once"].opts
    assert options is not None
    assert options.on_dry_run

    async def create() -> None:
        answer = ran.hooks[f"{host}-only-once"].callback(pulumi.ResourceHookArgs("", "", host, ""))
        assert answer is not None
        await answer

    if is_second:
        with pytest.raises(RuntimeError, match=rf"{host}: .* pulumi up --replace '.*RandomString::{host}'"):
            asyncio.run(create())
    else:
        asyncio.run(create())


@pytest.mark.parametrize("host", MACHINES)
def test_a_machine_that_replaces_another_takes_nothing_from_it(host: str) -> None:
    """The engine gives a replacement the old one's value of an ignored input within another, `a.b`: its image, say."""
    kept = hosts_of(mixed()).one(MACHINES[host], host).request
    replaced = hosts_of(mixed(), found={host: LookResult(generation=1, is_new=True)}).one(MACHINES[host], host).request
    assert list(kept.ignoreChanges)
    assert list(replaced.ignoreChanges) == []


def test_user_data_is_ignored_as_a_whole_input() -> None:
    """Else `--replace` would make a machine with the key that the old one has used."""
    for host, whole in {"oracle-5": "metadata", "azure-6": "osProfile"}.items():
        assert whole in hosts_of(mixed()).one(MACHINES[host], host).request.ignoreChanges
