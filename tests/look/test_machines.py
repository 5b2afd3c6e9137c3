"""Which hosts get another machine than the one that the state knows, and what is said to their owner."""

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from components.clouds.azure.cloud import AZURE
from components.clouds.azure.host_settings import AzureHost
from components.look.ask import NoAnswer, Result
from components.settings.errors import SettingsError
from components.settings.load import Settings
from tests.components.hosts.kinds import HOME, PRIVATE_KEY
from tests.look.looking import WELL, answers, command, instance, looked, marks
from tests.stack import settings

OTHER_KEY = NoAnswer("the machine at 192.0.2.1 has another host key", True, "ecdsa", "SHA256:abc")


def device(generation: int = 0) -> dict[str, Any]:
    """The part of a host's place in the tailnet that says which machine it is for."""
    keepers = {"generation": str(generation)} if generation else None
    return {"type": "random:index/randomString:RandomString", "outputs": {"result": "abcd", "keepers": keepers}}


def state(**hosts: tuple[int, str | None]) -> dict[str, Any]:
    """Hosts with the generation of their devices, and the shapes of their instances. None: there is no instance."""
    found: dict[str, Any] = {}
    for key, (generation, shape) in hosts.items():
        name = key.replace("_", "-")
        found |= {f"{name} device": device(generation), f"{name} instance": instance(shape) if shape else None}
    return found


AMD = "VM.Standard.E4.Flex"
ARM = "VM.Standard.A1.Flex"


def test_a_machine_that_is_there_stays(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    found, _ = looked(monkeypatch, WELL, more=state(oracle_1=(0, AMD), oracle_2=(3, AMD)))
    assert (found["oracle-1"].generation, found["oracle-2"].generation) == (0, 3)
    assert said == []


def test_a_machine_that_a_refresh_missed_is_followed_by_another(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    """Nobody asks it, and all its steps run, whatever address the new one gets."""
    found, asked = looked(monkeypatch, WELL, more=state(oracle_1=(0, AMD), oracle_2=(1, None)))
    assert asked.keys() == {"oracle-1"}
    assert found["oracle-2"].generation == 2
    assert found["oracle-2"].rerun_reasons == dict.fromkeys(
        ("oracle-2-verbs", "k3s-node-oracle-2"), "machine 3 of this name"
    )
    assert said == ["oracle-2: its machine is gone. A new one replaces it. All its steps run again."]


def test_a_machine_counts_as_gone_even_if_its_place_was_forgotten(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    found, _ = looked(monkeypatch, WELL, more={"oracle-2 instance": None})
    assert found["oracle-2"].generation == 1
    assert len(said) == 1


def test_a_machine_of_another_version_of_an_sdk_is_not_taken_for_gone(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    found, _ = looked(monkeypatch, WELL, more={"oracle-2 instance": {**instance(), "type": "oci:core/v2:Instance"}})
    assert found["oracle-2"].generation == 0
    assert said == []


def test_a_host_that_was_never_made_gets_a_key_of_today(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    """The one of the `up` that failed may have expired."""
    found, _ = looked(monkeypatch, WELL, more=state(oracle_3=(0, None)))
    assert found["oracle-3"].generation == 1
    assert said == []


def test_the_state_tells_as_which_device_a_machine_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    first = command("oracle-1", "oracle-1-first-boot", DEVICE="lab-oracle-1-abcd")
    known = answers(marks(oracle_1_verbs=[], k3s_node_oracle_1=[], oracle_1_first_boot=[]))
    more = {**state(oracle_1=(0, AMD)), "oracle-1-first-boot": first}
    found, _ = looked(monkeypatch, {**WELL, "oracle-1": known}, more=more)
    assert (found["oracle-1"].joined_as, found["oracle-2"].joined_as) == ("lab-oracle-1-abcd", "")


def test_a_machine_of_another_architecture_replaces_one_that_is_there(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    found, _ = looked(monkeypatch, WELL, more=state(oracle_1=(0, ARM), oracle_2=(0, AMD)))
    assert (found["oracle-1"].generation, found["oracle-2"].generation) == (1, 0)
    assert "oracle-1: its machine can't have the processor of the settings" in said[0]


def test_azure_knows_the_architecture_of_a_machine() -> None:
    assert AZURE.outgrown is not None
    wanted = AzureHost(cloud="azure", roles=("agent",), size="Standard_B2pls_v2")
    assert AZURE.outgrown({"hardwareProfile": {"vmSize": "Standard_B2ls_v2"}}, wanted)
    assert not AZURE.outgrown({"hardwareProfile": {"vmSize": "Standard_B4pls_v2"}}, wanted)


@pytest.mark.parametrize("other", [(0, ARM), (0, None)])
def test_two_database_members_are_not_replaced_at_once(
    monkeypatch: pytest.MonkeyPatch, other: tuple[int, str | None]
) -> None:
    """The data would be lost with the majority."""
    with pytest.raises(SettingsError, match="Change one host, run `pulumi up`, then change the next") as refused:
        looked(monkeypatch, WELL, more=state(oracle_1=(0, ARM), oracle_2=other))
    assert "hosts.oracle-1" in {finding.key for finding in refused.value.findings}


def test_an_agent_without_data_does_not_count(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    looked(monkeypatch, WELL, more=state(oracle_1=(0, ARM), oracle_4=(0, ARM)))
    assert len(said) == 1


def test_a_host_that_does_not_answer_is_not_replaced_and_its_owner_is_told_how(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    silent: dict[str, Result] = {**WELL, "oracle-2": NoAnswer("no answer from 100.64.0.2 within 3 s")}
    found, _ = looked(monkeypatch, silent, more=state(oracle_1=(0, AMD), oracle_2=(0, AMD)))
    assert found["oracle-2"].generation == 0
    (line,) = said
    assert "`pulumi refresh`, then `pulumi up`" in line


def at_home() -> Settings:
    """With a machine at home."""
    return settings(hosts={"home-7": {**HOME, "roles": ["agent"]}}, logins={"home-7": {"private_key": PRIVATE_KEY}})


ENROLLED = {
    "home-7 device": device(),
    "home-7-verbs": command("home-7", "home-7-verbs"),
    "home-7-enrol": command("home-7", "home-7-enrol"),
}


def test_a_reinstalled_machine_joins_as_a_new_one(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    results: dict[str, Result] = {**WELL, "home-7": answers(marks())}
    found, _ = looked(monkeypatch, results, more=ENROLLED, settings=at_home())
    assert found["home-7"].generation == 1
    assert found["home-7"].rerun_reasons.keys() == {"home-7-verbs", "home-7-enrol"}
    assert said == ["home-7: its machine was reinstalled. It joins as a new one. All its steps run again."]


def test_a_machine_that_was_logged_out_joins_as_a_new_device(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    """What it joined with works only once, and the tailnet knows the old device still."""
    found = marks(home_7_verbs=[], home_7_enrol=["it is logged out of the tailnet"])
    logged_out = {"preferences": None, "state": "NeedsLogin"}
    results: dict[str, Result] = {**WELL, "home-7": answers(found, overlay=logged_out)}
    seen, _ = looked(monkeypatch, results, more=ENROLLED, settings=at_home())
    assert seen["home-7"].generation == 1
    (line,) = said
    assert line.startswith("home-7: its machine was logged out of the tailnet.")


def test_a_host_that_is_two_machines_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings have the address and the key of a new machine, and the old one still runs."""
    old = answers(marks(home_7_verbs=[], home_7_enrol=[]), boot_id="a")
    for boot, refused in (("a", False), ("b", True)):
        both = replace(old, others=(answers(marks(), boot_id=boot).texts,))
        with pytest.raises(SettingsError, match=r"hosts.home-7 .*both run") if refused else nullcontext():
            looked(monkeypatch, {**WELL, "home-7": both}, more=ENROLLED, settings=at_home())


def test_a_machine_that_has_lost_one_mark_is_the_same(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    results: dict[str, Result] = {**WELL, "home-7": answers(marks(home_7_verbs=[]))}
    found, _ = looked(monkeypatch, results, more=ENROLLED, settings=at_home())
    assert found["home-7"].generation == 0
    assert "unknown to the machine" in found["home-7"].rerun_reasons["home-7-enrol"]


def test_a_machine_at_home_with_another_host_key_is_refused_and_the_error_says_how_to_tell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(SettingsError) as refused:
        looked(monkeypatch, {**WELL, "home-7": OTHER_KEY}, more=ENROLLED, settings=at_home())
    (finding,) = refused.value.findings
    assert finding.key == "hosts.home-7.host_key"
    for words in ("another host key", "ssh-keygen -lf /etc/ssh/ssh_host_ecdsa_key.pub", "SHA256:abc", "change nothing"):
        assert words in finding.message


def test_a_machine_of_a_cloud_with_another_host_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"hosts.oracle-2 .*another host key.*pulumi refresh"):
        looked(monkeypatch, {**WELL, "oracle-2": OTHER_KEY})


@pytest.mark.parametrize(("before", "warned"), [("oracle-2", True), ("oracle-4", False)])
def test_a_store_that_moves_leaves_its_objects_behind_and_says_where(
    monkeypatch: pytest.MonkeyPatch, said: list[str], before: str, warned: bool
) -> None:
    chosen = settings(hosts={"oracle-4": {"roles": ["agent", "storage"]}})
    name = f"storage-folder-{before}"
    folder = command(before, name, FOLDER="/srv/minio")
    known = {**WELL, "oracle-2": answers(marks(oracle_2_verbs=[], k3s_node_oracle_2=[], storage_folder_oracle_2=[]))}
    looked(monkeypatch, known, more={name: folder}, settings=chosen)
    assert [line for line in said if "stay on oracle-2, in /srv/minio" in line] == said
    assert bool(said) == warned


def test_the_state_tells_which_machines_have_a_host_key_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that brought it pins another key, so it is not a step of the host like the others."""
    first = command("oracle-1", "oracle-1-host-key")
    first["outputs"]["connection"]["hostKey"] = "ssh-ed25519 AAAAfirst"
    found, asked = looked(monkeypatch, WELL, more={"oracle-1-host-key": first})
    assert (found["oracle-1"].has_own_key, found["oracle-2"].has_own_key) == (True, False)
    assert [login.host_key for login in asked["oracle-1"]] == ["ssh-ed25519 AAAAoracle-1"]
    assert found["oracle-1"].done == {"oracle-1-verbs", "k3s-node-oracle-1"}


def test_a_second_machine_whose_steps_an_interrupted_run_did_not_reach_gets_them(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    """Nobody asks at the address of the first one: its silence would stop the steps for ever."""
    first = command("oracle-2", "oracle-2-first-boot", DEVICE="lab-oracle-2-zyxw")
    found, asked = looked(monkeypatch, WELL, more={**state(oracle_2=(1, AMD)), "oracle-2-first-boot": first})
    assert asked.keys() == {"oracle-1"}
    seen = found["oracle-2"]
    assert (seen.generation, seen.is_new, seen.silent) == (1, False, False)
    steps = ("oracle-2-verbs", "k3s-node-oracle-2", "oracle-2-first-boot")
    assert seen.rerun_reasons == dict.fromkeys(steps, "machine 2 of this name")
    (line,) = said
    assert "an earlier run ended before its steps. All its steps run again." in line
