"""The command line: what it says, on which stream, and how it ends."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lab import cli
from lab.destroy import Destroyed
from lab.engine import EngineError, Finished, Plan
from lab.engine.messages import Planned
from lab.lab import Lab
from lab.lab_lock import BusyError
from lab.progress import Report
from lab.status import Status
from lab.up import EngineFailedError, UpRequest


@pytest.fixture(autouse=True)
def _labs_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lab(name: str) -> Lab:
        return Lab(name, tmp_path / name)

    monkeypatch.setattr(cli, "find_lab", lab)
    monkeypatch.setattr(cli, "look", lambda workspace: Status(workspace.lab.name, {}))


def run(*words: str) -> tuple[int, str, str]:
    """Exit status, and what was printed on each stream."""
    result = CliRunner().invoke(cli.app, list(words))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let `up` end so."""

    def bring_up(_request: UpRequest, _report: Report) -> Finished:
        raise error

    monkeypatch.setattr(cli, "bring_up", bring_up)


def test_unchanged_is_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        cli, "bring_up", lambda _request, _report: Finished(well=True, interrupted=False, changes={"same": 9})
    )
    status, said, _ = run("up")
    assert (status, said.splitlines()[-1]) == (0, "unchanged")


def test_settings_may_be_another_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[UpRequest] = []

    def bring_up(request: UpRequest, _report: Report) -> Finished:
        seen.append(request)
        return Finished(well=True, interrupted=False)

    monkeypatch.setattr(cli, "bring_up", bring_up)
    run("up", "--name", "mine", "--settings", str(tmp_path / "x.yaml"))
    run("up", "--stack", "dev")
    assert [request.settings.name for request in seen] == ["x.yaml", "Pulumi.dev.yaml"]
    assert [request.workspace.lab.name for request in seen] == ["mine", "lab"]


@pytest.mark.parametrize("error", [BusyError("lab lab is being changed"), EngineError("the engine ended")])
def test_an_error_is_one_line_on_stderr(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    failing(monkeypatch, error)
    assert run("up") == (1, "", f"{error}\n")


def test_what_the_engine_has_told_already_is_not_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, EngineFailedError())
    assert run("up") == (1, "", "")


def test_an_interrupt_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, KeyboardInterrupt())
    status, _, said = run("up")
    assert (status, said) == (130, "interrupted; run it again to go on\n")


def test_a_mistake_of_ours_keeps_its_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, KeyError("oops"))
    with pytest.raises(KeyError):
        run("up")


def test_a_preview_prints_its_lines_and_what_they_sum_up_to(monkeypatch: pytest.MonkeyPatch) -> None:
    def preview(_request: UpRequest, plan: Plan, _report: Report) -> Finished:
        plan.show(Planned("update", "oracle-4", "k3s agent"))
        return Finished(well=True, interrupted=False, changes={"update": 1, "same": 80})

    monkeypatch.setattr(cli, "show_preview", preview)
    assert run("preview")[:2] == (0, "~ oracle-4 · k3s agent\n1 to update\n")


def test_status_and_down_of_a_lab_that_is_not_there() -> None:
    assert run("status", "--name", "none") == (1, "", "there is no lab none: run bin/lab up\n")
    assert run("down", "--name", "none") == (0, "there is no lab none\n", "")


def test_status_for_programs(tmp_path: Path) -> None:
    (tmp_path / "lab").mkdir()
    assert (
        run("status", "--json")[1]
        == '{\n  "lab": "lab",\n  "hosts": {},\n  "certificates": {},\n  "backups": null,\n  "datastore": null\n}\n'
    )


def test_words_after_the_dashes_are_the_command_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    monkeypatch.setattr(
        cli, "become_ssh", lambda workspace, host, words: seen.append((workspace.lab.name, host, words))
    )
    monkeypatch.setattr(cli, "become_kubectl", lambda workspace, words, report: seen.append(words))
    run("ssh", "--name", "x", "oracle-1", "--", "sudo", "ls", "--name", "-l")
    run("kubectl", "--", "get", "nodes", "-o", "wide")
    assert seen == [("x", "oracle-1", ["sudo", "ls", "--name", "-l"]), ["get", "nodes", "-o", "wide"]]


def test_the_stack_of_a_lab_need_not_be_named_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[UpRequest] = []

    def bring_up(request: UpRequest, _report: Report) -> Finished:
        seen.append(request)
        return Finished(well=True, interrupted=False)

    monkeypatch.setattr(cli, "bring_up", bring_up)
    monkeypatch.setattr(cli, "stack_of", lambda lab: "dev" if lab.name == "mixed" else None)
    run("up")
    run("up", "--name", "mixed")
    run("up", "--name", "mixed", "--stack", "other")
    assert [request.settings.name for request in seen] == ["Pulumi.lab.yaml", "Pulumi.dev.yaml", "Pulumi.other.yaml"]
    assert [request.workspace.stack for request in seen] == ["lab", "dev", "other"]


def test_destroy_ends_with_what_is_kept_and_how_much_went(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Finished(well=True, interrupted=False, changes={"delete": 9})
    destroyed = Destroyed(gone, {"home-1": ["bucket a"]}, [])
    monkeypatch.setattr(cli, "destroy_stack", lambda _workspace, _report: destroyed)
    assert run("destroy")[:2] == (0, "kept: home-1 · bucket a\n9 deleted\n")


def test_a_lab_with_nothing_to_destroy_says_so() -> None:
    assert run("destroy", "--name", "none") == (1, "", "lab none has nothing of stack lab to destroy\n")
