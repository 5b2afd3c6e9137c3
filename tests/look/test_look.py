"""The look as the program does it: whom it asks, what it makes of the answers, and what steps get of that."""

from contextlib import nullcontext

import pytest

from components.hosts.look_result import NOT_LOOKED_AT
from components.look.ask import Answers, NoAnswer, Result
from components.look.state import Login
from components.settings.errors import SettingsError
from components.settings.load import Settings
from tests.look.looking import HOST_KEY, WELL, answers, command, instance, looked, marks
from tests.stack import stack_settings


def test_a_new_stack_has_nothing_to_look_at(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    """In a preview, the engine can't list the resources of a stack without a state: it must not be asked."""
    for preview in (True, False):
        seen, asked = looked(monkeypatch, {}, new=True, preview=preview)
        assert asked == {}
        assert all(one == NOT_LOOKED_AT for one in seen.values())
    assert said == []


def test_hosts_are_asked_as_their_steps_logged_in(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    found, asked = looked(monkeypatch, WELL)
    login = Login("address of oracle-1", 22, "operator", "key", HOST_KEY.format("oracle-1"))
    assert asked.keys() == {"oracle-1", "oracle-2"}
    assert asked["oracle-1"] == [login]
    assert found["oracle-1"].rerun_reasons == {}
    assert found["oracle-2"].rerun_reasons == {"k3s-node-oracle-2": "k3s.service is stopped [aa]"}
    assert said == []


def test_what_differs_is_named_and_runs_its_step_again(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    stopped = answers(marks(oracle_1_verbs=[], k3s_node_oracle_1=["k3s.service is stopped", "/etc/x was changed"]))
    found, _ = looked(monkeypatch, {**WELL, "oracle-1": stopped})
    assert found["oracle-1"].rerun_reasons == {
        "k3s-node-oracle-1": "k3s.service is stopped; /etc/x was changed [01234567]"
    }
    assert said == ["oracle-1: k3s.service is stopped; /etc/x was changed. The step k3s-node-oracle-1 runs again."]


def test_a_host_that_does_not_answer_stays_as_it_is(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    found, _ = looked(monkeypatch, {**WELL, "oracle-2": NoAnswer("no answer from there")})
    assert found["oracle-2"].rerun_reasons == {"k3s-node-oracle-2": "k3s.service is stopped [aa]"}
    (line,) = said
    assert line.startswith("oracle-2")
    assert "no answer from there" in line
    assert "Its steps stay as they are: run `up` again once it answers." in line
    assert (found["oracle-1"].silent, found["oracle-2"].silent) == (False, True)
    assert found["oracle-2"].done == {"oracle-2-verbs", "k3s-node-oracle-2"}


def test_if_no_host_answers_nothing_is_left_out(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    """This computer has no way to them, more likely. An `up` that leaves everything would look like a success."""
    off: dict[str, Result] = dict.fromkeys(WELL, NoAnswer("no answer from there"))
    with pytest.raises(SettingsError, match=r"hosts +do not answer, not one of them"):
        looked(monkeypatch, off)
    found, _ = looked(monkeypatch, off, preview=True)
    assert not any(one.silent for one in found.values())
    assert len(said) == 3
    assert "stay as they are" not in "".join(said)


def test_a_step_about_a_host_that_does_not_answer_is_left(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    """It would wait for minutes for a node that is off."""
    labels = {"k3s-labels-oracle-2": command("oracle-1", "k3s-labels-oracle-2")}
    seen = answers(
        marks(oracle_1_verbs=[], k3s_node_oracle_1=[], k3s_labels_oracle_2=["the node oracle-2 lacks Ready=True"])
    )
    results: dict[str, Result] = {"oracle-1": seen, "oracle-2": NoAnswer("no answer from there")}
    assert looked(monkeypatch, results, more=labels)[0]["oracle-1"].rerun_reasons == {}
    assert len(said) == 1
    again = {**results, "oracle-2": WELL["oracle-2"]}
    assert "k3s-labels-oracle-2" in looked(monkeypatch, again, more=labels)[0]["oracle-1"].rerun_reasons


def test_a_host_whose_name_ends_like_that_of_a_silent_one_is_mended(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    """While the host `1` is off, the node of `oracle-1` still is what the settings say."""
    differs = answers(marks(oracle_1_verbs=[], k3s_node_oracle_1=["k3s.service is stopped"]))
    stack = stack_settings()
    stack["hosts"]["1"] = {**stack["hosts"]["oracle-2"], "roles": ["agent"]}
    steps = {name: command("1", name) for name in ("1-verbs", "k3s-node-1")}
    found, _ = looked(
        monkeypatch,
        {**WELL, "oracle-1": differs, "1": NoAnswer("no answer from there")},
        more={**steps, "1 instance": instance()},
        settings=Settings.check(stack, "Pulumi.lab.yaml"),
    )
    assert found["1"].silent
    assert "k3s-node-oracle-1" in found["oracle-1"].rerun_reasons


def test_all_findings_come_at_once(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    cgroup = {"version": 2, "controllers": ["cpu"]}
    bad: dict[str, Result] = {
        host: answers(one.texts[0], cgroup=cgroup) for host, one in WELL.items() if isinstance(one, Answers)
    }
    with pytest.raises(SettingsError) as refused:
        looked(monkeypatch, bad)
    assert {finding.key for finding in refused.value.findings} == {"hosts.oracle-1", "hosts.oracle-2"}
    assert "nothing was changed" in str(refused.value)


def test_a_machine_of_another_stack_is_refused(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    """Even if this stack's state knows steps that ran there: somebody has given the machine to the other one."""
    well = WELL["oracle-1"]
    assert isinstance(well, Answers)
    for stack, refused in (("tailnet-k3s/lab", False), ("tailnet-k3s/other", True)):
        results: dict[str, Result] = {**WELL, "oracle-1": answers(well.texts[0], stack=stack)}
        with pytest.raises(SettingsError, match="tailnet-k3s/other, not to") if refused else nullcontext():
            looked(monkeypatch, results)


@pytest.mark.parametrize("first", ["oracle-1-enrol", "oracle-1-first-boot"])
def test_steps_of_a_version_without_a_step_for_the_verbs_are_known(
    monkeypatch: pytest.MonkeyPatch, said: list[str], first: str
) -> None:
    """Else the look would take what they have set up for somebody else's, and refuse the host."""
    old = {"oracle-1-verbs": None, first: command("oracle-1", first)}
    found, asked = looked(monkeypatch, {**WELL, "oracle-1": answers("{}")}, more=old)
    assert asked["oracle-1"][0].address == "address of oracle-1"
    assert found["oracle-1"].done == {"k3s-node-oracle-1", first}


def test_the_state_tells_which_servers_encrypt_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    node = command("oracle-2", "k3s-node-oracle-2", ENCRYPTS="yes")
    found, _ = looked(monkeypatch, WELL, more={"k3s-node-oracle-2": node})
    assert (found["oracle-1"].encrypts, found["oracle-2"].encrypts) == (False, True)
