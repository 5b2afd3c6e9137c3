"""The key in user data serves one connection. The key that all others pin is never in user data."""

import asyncio
import base64
from collections.abc import Sequence
from typing import Any

import paramiko
import pytest

from components.hosts import first_contact
from components.hosts.look_result import LookResult
from components.remote import INPUTS
from tests.components.hosts.kinds import hosts_of, mixed, plain
from tests.engine import Resource, Run

MACHINES = {"oracle-5": "Instance", "azure-6": "VirtualMachine"}
of_clouds = pytest.mark.parametrize("host", MACHINES)


def key_step(run: Run, host: str) -> Resource:
    return run.one("Command", f"{host}-host-key")


def user_data(run: Run, host: str) -> str:
    inputs = run.one(MACHINES[host], host).inputs
    return base64.b64decode(inputs.get("osProfile", {}).get("customData") or inputs["metadata"]["user_data"]).decode()


def seen(host: str, **more: Any) -> Run:
    """What is asked for a host that the look has found."""
    return hosts_of(mixed(), found={host: LookResult(done=frozenset({f"{host}-verbs"}), **more)})


@of_clouds
def test_user_data_has_the_first_key_and_not_the_own_one(host: str) -> None:
    text = user_data(plain(), host)
    own, first = (plain().one("PrivateKey", name) for name in (host, f"{host}-first"))
    assert f"ssh-ed25519 AAAA{host}-first\n" in text
    assert f"\n{first.name}\n" in text.replace("  ", "")
    assert f"\n{own.name}\n-----END OPENSSH" not in text.replace("  ", "")


@of_clouds
def test_one_step_pins_the_first_key_and_comes_before_all_others(host: str) -> None:
    """It brings the other key, by stdin."""
    steps = [one for one in plain().of("Command") if one.name.startswith(f"{host}-") and "remote" in one.type]
    pinned = {one.name: one.inputs["connection"]["hostKey"] for one in steps}
    assert pinned.pop(f"{host}-host-key") == f"ssh-ed25519 AAAA{host}-first"
    assert set(pinned.values()) == {f"ssh-ed25519 AAAA{host}"}
    for one in steps:
        assert one.name == f"{host}-host-key" or f"Command {host}-host-key" in plain().before(one)
    step = key_step(plain(), host)
    assert f"\n{host}\n" in step.inputs["stdin"]
    assert "stdin" in step.secrets
    assert host not in step.inputs["stdin"].replace(f"\n{host}\n", "")
    assert "PRIVATE" not in step.inputs["create"]


@of_clouds
def test_another_machine_gets_another_first_key_and_the_step_again(host: str) -> None:
    for made in (plain().one("PrivateKey", f"{host}-first"), key_step(plain(), host)):
        assert made.request.replacement_trigger.string_value == f"lab-{host}-xxxx"
    assert not plain().one("PrivateKey", host).request.HasField("replacement_trigger")


@of_clouds
def test_a_step_that_is_done_is_left_until_the_machine_is_replaced(host: str) -> None:
    """It could not log in any more."""
    done = key_step(seen(host, has_own_key=True), host).request
    assert set(INPUTS) <= set(done.ignoreChanges)
    assert not key_step(plain(), host).request.ignoreChanges
    assert not key_step(seen(host, has_own_key=True, is_new=True), host).request.ignoreChanges


@of_clouds
def test_a_machine_of_an_older_version_shows_its_own_key(host: str) -> None:
    run = seen(host, joined_as=f"lab-{host}-xxxx")
    assert key_step(run, host).inputs["connection"]["hostKey"] == f"ssh-ed25519 AAAA{host}"


@of_clouds
def test_one_that_does_not_answer_gets_no_new_step(host: str) -> None:
    """It would fail, and all of `up` with it."""
    silent = seen(host, silent=True)
    assert f"{host}-host-key" not in [one.name for one in silent.of("Command")]
    assert f"{host}-verbs" in [one.name for one in silent.of("Command")]
    assert key_step(seen(host, silent=True, has_own_key=True), host)


def shown(monkeypatch: pytest.MonkeyPatch, answers: Sequence[paramiko.PKey | None], candidates: list[str]) -> str:
    """Which key is taken for the shown one. The last answer is given again and again."""
    given = list(answers)
    monkeypatch.setattr(first_contact, "shown_key", lambda _: given.pop(0) if len(given) > 1 else given[0])
    monkeypatch.setattr(first_contact, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(first_contact, "PATIENCE_SECONDS", 0.2)
    return asyncio.run(first_contact._pinned_now("100.64.0.5", "device", *candidates, joined_as=""))


def test_a_machine_is_asked_which_of_its_keys_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """An `up` may have been killed after the key was changed, and before the state had a note of it."""
    first, own, other = (paramiko.RSAKey.generate(1024) for _ in range(3))
    texts = [f"{key.get_name()} {key.get_base64()} comment\n" for key in (first, own)]
    assert shown(monkeypatch, [first], texts) == texts[0].strip()
    assert shown(monkeypatch, [own], texts) == texts[1].strip()
    assert shown(monkeypatch, [None, own], texts) == texts[1].strip(), "it may be slow to answer"
    assert shown(monkeypatch, [other], texts) == texts[0].strip(), "the step refuses it"
    assert shown(monkeypatch, [None], texts) == texts[0].strip()
