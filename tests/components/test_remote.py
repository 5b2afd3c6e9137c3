"""Steps, farewells and verbs as Pulumi gets them: what runs when, with which secrets, and in which order."""

from dataclasses import replace
from pathlib import Path

import pulumi
import pytest

from components import rendering
from components.hosts.look_result import LookResult
from components.remote import INPUTS, CleanupStep, Step, StepArgs, with_verbs
from tests.engine import Resource, Run, run
from tests.stack import host


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "make.sh"
    path.write_text("echo made $SIZE\n")
    return path


def step(script: Path, **arguments: object) -> Resource:
    """The command of a step on oracle-1, at 100.64.0.1."""

    def program() -> None:
        Step("thing", StepArgs(host("oracle-1", 1), script, **arguments))  # type: ignore[arg-type]

    return run(program).one("Command", "thing")


def test_a_command_has_the_script_and_its_values_once(script: Path) -> None:
    inputs = step(script, values={"SIZE": "3"}).inputs
    assert {"update", "delete"}.isdisjoint(inputs)  # the plugin runs `create` again
    assert inputs["create"].splitlines()[1:] == ["'SIZE=3' \\", "-- \\", "'echo made $SIZE'"]
    assert " oracle-1 thing " in inputs["create"]


def test_the_host_must_show_the_key_that_the_program_made(script: Path) -> None:
    connection = step(script).inputs["connection"]
    assert connection["hostKey"] == "ssh-ed25519 AAAAoracle-1"
    assert connection["host"] == "100.64.0.1"
    assert connection["user"] == "operator"


def test_secrets_are_in_stdin_only_and_marked(script: Path) -> None:
    made = step(script, secrets={"PASSWORD": "hunter2"})
    assert made.secrets == {"connection", "stdin"}
    assert made.inputs["stdin"] == "PASSWORD=aHVudGVyMg==\n"
    assert {"stdout", "stderr"} <= set(made.request.additionalSecretOutputs)
    assert made.inputs["logging"] == "none"
    assert made.inputs["addPreviousOutputInEnv"] is False


def test_a_login_can_have_a_port_and_a_password_which_is_in_stdin_only(script: Path) -> None:
    def program() -> None:
        there = host("oracle-1", 1)
        password = pulumi.Output.secret("hunter2")
        login = replace(there.connection, port=2222, sudo_password=password)
        Step("thing", StepArgs(replace(there, connection=login), (script, script), secrets={"KEY": "x"}))
        Step("without-secrets", StepArgs(replace(there, connection=login), script))

    ran = run(program)
    made = ran.one("Command", "thing")
    assert made.inputs["connection"]["port"] == 2222
    assert made.inputs["stdin"] == "hunter2\nKEY=eA==\n"
    assert made.secrets == {"connection", "stdin"}
    assert made.inputs["create"].count("echo made $SIZE") == 2
    assert "hunter2" not in made.inputs["create"]
    assert ran.one("Command", "without-secrets").inputs["stdin"] == "hunter2\n"


def test_every_command_ends(script: Path) -> None:
    limits = step(script, minutes=5).request.customTimeouts
    assert {limits.create, limits.update, limits.delete} == {"15m"}
    assert " 5m " in step(script, minutes=5).inputs["create"]


def leaving(script: Path, **changed: object) -> Run:
    """A step with its farewell."""

    def program() -> None:
        there = replace(host("oracle-1", 1), **changed)  # type: ignore[arg-type]
        leave = CleanupStep("thing-leave", StepArgs(there, script, {"SIZE": "3"}), ["thing"])
        Step("thing", StepArgs(there, script), pulumi.ResourceOptions(depends_on=[leave]))

    return run(program)


def test_a_step_leaves_the_state_before_its_farewell_runs(script: Path) -> None:
    ran = leaving(script)
    farewell, made = ran.one("Command", "thing-leave"), ran.one("Command", "thing")
    assert "Command thing-leave" in made.after
    assert "'SIZE=3'" in farewell.inputs["delete"]
    assert {"create", "update"}.isdisjoint(farewell.inputs)
    assert "delete" not in made.inputs


def test_a_farewell_runs_on_a_machine_that_stays_and_on_no_other(script: Path) -> None:
    assert leaving(script).one("Command", "thing-leave").request.deletedWith.endswith("::oracle-1")
    stays = leaving(script, machine=None).one("Command", "thing-leave").request
    assert (stays.deletedWith, stays.retainOnDelete) == ("", False)
    assert leaving(script, machine=None, lost=True).one("Command", "thing-leave").request.retainOnDelete


def test_a_step_waits_for_its_host(script: Path) -> None:
    assert "Machine oracle-1" in step(script).after


def verbs(**changed: object) -> Run:
    """A host with its verbs, and a step there."""

    def program() -> None:
        there = with_verbs(replace(host("oracle-1", 1), **changed), pulumi.ComponentResource("a:b:C", "c"))  # type: ignore[arg-type]
        Step("thing", StepArgs(there, ()))

    return run(program)


def test_verbs_come_before_all_steps_of_a_host(script: Path) -> None:
    ran = verbs()
    assert "Command oracle-1-verbs" in ran.one("Command", "thing").after
    assert "write_file()" in ran.one("Command", "oracle-1-verbs").inputs["create"]
    assert len([resource for resource in ran.resources if resource.type.endswith(":Command")]) == 2


def test_a_machine_that_stays_loses_its_verbs_last() -> None:
    ran = verbs(machine=None)
    assert "Command oracle-1-verbs-leave" in ran.one("Command", "oracle-1-verbs").after
    assert "rm -rf" in ran.one("Command", "oracle-1-verbs-leave").inputs["delete"]


def test_a_changed_comment_of_the_verbs_runs_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {resource.name: resource.inputs for resource in verbs().resources}
    prelude = tmp_path / "prelude.sh"
    prelude.write_text(rendering.PRELUDE.read_text().replace("# The verbs", "# All verbs", 1))
    monkeypatch.setattr(rendering, "PRELUDE", prelude)
    after = {resource.name: resource.inputs for resource in verbs().resources}
    assert [name for name in after if after[name] != before[name]] == ["oracle-1-verbs"]
    old, new = (texts["oracle-1-verbs"]["create"].splitlines() for texts in (before, after))
    assert len([line for line in new if line not in old]) == 1


def test_a_raised_number_reaches_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {resource.name: resource.inputs for resource in verbs().resources}
    monkeypatch.setattr(rendering, "FILE", rendering.FILE.replace("-1.", "-2."))
    after = {resource.name: resource.inputs for resource in verbs().resources}
    assert {"oracle-1-verbs", "thing"} <= {name for name in after if after[name] != before[name]}


def ignored(made: Resource) -> set[str]:
    return set(made.request.ignoreChanges)


def test_steps_of_a_host_that_does_not_answer_stay_as_they_are_in_the_state(script: Path) -> None:
    """Also one of another host that would wait for it. What others do is done."""

    def program() -> None:
        well, silent = host("oracle-1", 1), replace(host("oracle-2", 2), seen=LookResult(silent=True))
        with_verbs(silent, pulumi.ComponentResource("test:index:Group", "group"))
        Step("thing", StepArgs(silent, script, {"SIZE": "3"}, {"PASSWORD": "x"}))
        CleanupStep("leave", StepArgs(silent, script), ["thing"])
        Step("about", StepArgs(well, script, about=silent))
        Step("well", StepArgs(well, script))

    seen = run(program)
    for name in ("oracle-2-verbs", "thing", "leave", "about"):
        made = seen.one("Command", name)
        assert ignored(made) == set(INPUTS), name
        assert made.inputs.keys() - {"addPreviousOutputInEnv"} <= ignored(made), name
    assert ignored(seen.one("Command", "well")) == set()
