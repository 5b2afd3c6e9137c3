"""`up` in its order, with every part in its place replaced."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab import up as module
from lab.engine import EngineLaunch, Finished, Plan, Workspace, stack_of
from lab.engine.messages import Message
from lab.homes import Homes
from lab.internet import Internet
from lab.lab import Lab
from lab.progress import Report, Silence
from lab.up import EngineFailedError, UnfitError, UpRequest, bring_up, lab_settings, preview

GOOD = Finished(well=True, interrupted=False)


class Made:
    """Supplies that are there, or not."""

    def __init__(self, problem: Exception | None) -> None:
        made = [_there({name: Path(name) for name in names}) for names in PROGRAMS]
        self.engine, self.tailnet, self.edge, self.packages, self.k3s = made
        self._problem = problem
        self.started = False

    def start_cluster(self) -> None:
        self.started = True

    def failure(self) -> Exception | None:
        return self._problem


PROGRAMS = (("pulumi",), ("headscale", "tailscaled"), ("edge",), (), ())
CHECKSUMS = {"k3s": {"amd64": "0b" * 32}, "tailnet": {"amd64": "0a" * 32}}


def _there(value: dict[str, Path]) -> Future[dict[str, Path]]:
    future: Future[dict[str, Path]] = Future()
    future.set_result(value)
    return future


class Parts:
    """What was called, and how the engine shall end."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.finished = GOOD
        self.problem: Exception | None = None


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Parts:
    """Replaces everything around `bring_up`."""
    parts = Parts()
    (tmp_path / "ca.pem").write_text("certificate")
    internet = Internet("https://203.0.113.2", tmp_path / "ca.pem", "key", "token")

    def note(name: str, answer: Any = None) -> Callable[..., Any]:
        def call(*_arguments: object, **_options: object) -> Any:
            parts.calls.append(name)
            return answer

        return call

    @contextmanager
    def supplies(_lab: Lab, _report: Report) -> Iterator[Made]:
        yield Made(parts.problem)

    def engine(_start: EngineLaunch, operation: str, _show: Callable[[Message], None]) -> Finished:
        parts.calls.append(operation)
        return parts.finished

    monkeypatch.setattr(module, "supplies", supplies)
    monkeypatch.setattr(module, "run_engine", engine)
    answers: dict[str, Any] = {
        "check_machine": [],
        "create_network": None,
        "start_internet": internet,
        "start_edge": None,
        "install_plugins": None,
        "find_leftovers": None,
        "repair": None,
    }
    for name, answer in answers.items():
        monkeypatch.setattr(module, name, note(name, answer))
    monkeypatch.setattr(module, "pinned_checksums", lambda _mirror, etcd: CHECKSUMS)
    return parts


@pytest.fixture
def asked(tmp_path: Path) -> UpRequest:
    """A stack with one host."""
    (tmp_path / "Pulumi.yaml").write_text("name: tailnet-k3s\n")
    settings = tmp_path / "Pulumi.lab.yaml"
    settings.write_text("config: {tailnet-k3s:hosts: {oracle-1: {}}}\n")
    return UpRequest(Workspace(Lab("test", tmp_path / "lab"), "lab", tmp_path), settings)


def test_everything_that_the_engine_needs_comes_before_it(parts: Parts, asked: UpRequest) -> None:
    assert bring_up(asked, Silence()) == GOOD
    assert parts.calls == ["check_machine", "create_network", "start_internet", "start_edge", "install_plugins", "up"]
    config = yaml.safe_load(asked.workspace.settings.read_text())["config"]
    assert config["tailnet-k3s:tailnet"] == {"control_server": "https://203.0.113.2", "sha256": {"amd64": "0a" * 32}}
    assert config["tailnet-k3s:trust"] == {"certificates": ["certificate"]}


def test_machines_at_home_are_there_before_the_engine_and_gone_after_it(
    parts: Parts, asked: UpRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Homes, "create", lambda homes, _report: parts.calls.append(f"with {[*homes.homes]}"))
    monkeypatch.setattr(Homes, "remove_others", lambda homes, _report: parts.calls.append(f"only {[*homes.homes]}"))
    host = "{cloud: existing, address: 192.168.1.20, user: pi}"
    asked.settings.write_text(f"config: {{tailnet-k3s:hosts: {{home-1: {host}}}}}\n")
    bring_up(asked, Silence())
    assert parts.calls[-3:] == ["with ['home-1']", "up", "only ['home-1']"]
    parts.calls.clear()
    parts.finished = Finished(well=False, interrupted=False)
    with pytest.raises(EngineFailedError):
        bring_up(asked, Silence())
    assert parts.calls[-1] == "up", "a machine is taken away while the engine may not have left it"
    config = yaml.safe_load(asked.workspace.settings.read_text())["config"]
    assert config["tailnet-k3s:hosts"]["home-1"]["host_key"].startswith("ssh-ed25519 ")
    assert set(config["tailnet-k3s:logins"]["home-1"]["private_key"]) == {"secure"}


def test_a_preview_makes_no_machine(parts: Parts, asked: UpRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Homes, "create", lambda _homes, _report: parts.calls.append("made"))
    asked.settings.write_text("config: {hosts: {home-1: {cloud: existing, address: 192.168.1.20, user: pi}}}\n")
    preview(asked, Plan(lambda _line: None), Silence())
    assert "made" not in parts.calls
    assert parts.calls[-1] == "preview"


def test_a_lab_has_one_stack(parts: Parts, asked: UpRequest) -> None:
    other = Workspace(asked.workspace.lab, "dev", asked.workspace.program)
    other.checkpoint.parent.mkdir(parents=True)
    other.checkpoint.touch()
    with pytest.raises(UnfitError, match="lab test has stack dev, and a lab has one: give stack lab another"):
        bring_up(asked, Silence())
    assert parts.calls == []
    assert stack_of(asked.workspace.lab, asked.workspace.program) == "dev"


def test_after_an_end_that_was_not_good_the_next_run_repairs_once(parts: Parts, asked: UpRequest) -> None:
    parts.finished = Finished(well=False, interrupted=True)
    with pytest.raises(KeyboardInterrupt):
        bring_up(asked, Silence())
    parts.finished = GOOD
    parts.calls.clear()
    bring_up(asked, Silence())
    assert parts.calls[-3:] == ["find_leftovers", "repair", "up"]
    parts.calls.clear()
    bring_up(asked, Silence())
    assert "repair" not in parts.calls


def test_what_could_not_be_built_is_the_error_and_not_what_followed_from_it(parts: Parts, asked: UpRequest) -> None:
    parts.finished = Finished(well=False, interrupted=False)
    parts.problem = RuntimeError("k3s: no compiler")
    with pytest.raises(RuntimeError, match="no compiler"):
        bring_up(asked, Silence())
    parts.problem = None
    with pytest.raises(EngineFailedError):
        bring_up(asked, Silence())


def test_a_machine_that_cannot_is_told_all_reasons_before_anything_starts(
    parts: Parts, asked: UpRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "check_machine", lambda hosts, volumes: [f"memory for {hosts}", f"{volumes}"])
    with pytest.raises(UnfitError, match=r"^this machine can't run the lab:\nmemory for 1\nFalse$"):
        bring_up(asked, Silence())
    assert parts.calls == []


def test_settings_that_are_not_there_are_refused_first(parts: Parts, asked: UpRequest) -> None:
    with pytest.raises(UnfitError, match=r"there are no settings .*Pulumi.none.yaml"):
        bring_up(UpRequest(asked.workspace, asked.settings.with_name("Pulumi.none.yaml")), Silence())
    assert parts.calls == []


def test_settings_are_refused_before_a_first_run_builds_anything(parts: Parts, asked: UpRequest) -> None:
    asked.settings.write_text("config: {tailnet-k3s:hosts: {a: {cloud: oracle, roles: [agnet]}}}\n")
    ours = UpRequest(Workspace(asked.workspace.lab), asked.settings)
    with pytest.raises(UnfitError, match=r"(?s)Pulumi\.lab\.yaml has .* hosts\.a\.roles\[0\] "):
        bring_up(ours, Silence())
    assert parts.calls == []
    assert not asked.workspace.lab.root.exists(), "a refused run leaves a folder"


def test_the_lab_s_own_settings_name_nothing_but_addresses_and_whom_to_trust(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("certificate")
    assert lab_settings(Internet("https://203.0.113.2", tmp_path / "ca.pem", "secret", "token"), CHECKSUMS) == {
        "tailnet": {"control_server": "https://203.0.113.2", "sha256": CHECKSUMS["tailnet"]},
        "trust": {"certificates": ["certificate"]},
        "downloads": {"mirror": "http://mirror.lab.test"},
        "k3s": {"registries": {"docker.io": ["http://registry.lab.test"]}, "sha256": CHECKSUMS["k3s"]},
    }
