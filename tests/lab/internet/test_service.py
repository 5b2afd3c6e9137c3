"""Services: started once, started anew when what they are made of changes, ended by their record."""

import os
import socket
from pathlib import Path

import pytest

from lab.hosts.process import find_process
from lab.internet import service as module
from lab.internet.service import (
    Service,
    ServiceError,
    ensure_service,
    listening,
    service_log,
    stop_service,
    stop_services,
)
from lab.lab import Lab
from lab.progress import Silence


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab whose services run in the machine's own network."""
    monkeypatch.setattr(module, "namespace_command", lambda _lab, _role, argv: list(argv))
    monkeypatch.setattr(module, "START_SECONDS", 5)
    lab = Lab("test", tmp_path)
    lab.logs.mkdir()
    return lab


def sleeper(**changes: object) -> Service:
    """A service that does nothing."""
    return Service(**{"name": "sleeper", "role": "services", "command": ("sleep", "60"), **changes})  # type: ignore[arg-type]


def pid_of(lab: Lab) -> int:
    """The recorded process."""
    recorded = module._recorded(lab, "sleeper")
    assert recorded is not None
    return recorded[0].pid


def test_it_is_started_once_and_ended_by_its_record(lab: Lab) -> None:
    assert ensure_service(lab, sleeper(), Silence())
    pid = pid_of(lab)
    assert not ensure_service(lab, sleeper(), Silence())
    stop_services(lab)
    process = find_process(pid)
    assert process is None or not process.running()
    assert list((lab.root / "services").glob("*.json")) == []


@pytest.mark.parametrize("changes", [{"command": ("sleep", "61")}, {"environment": {"KEY": "new"}}])
def test_it_is_started_anew_when_it_is_wanted_otherwise(lab: Lab, changes: dict[str, object]) -> None:
    ensure_service(lab, sleeper(), Silence())
    before = pid_of(lab)
    try:
        assert ensure_service(lab, sleeper(**changes), Silence())
        assert pid_of(lab) != before
    finally:
        stop_services(lab)


def test_it_is_started_anew_when_its_settings_change(lab: Lab, tmp_path: Path) -> None:
    settings = tmp_path / "settings"
    settings.write_text("old")
    ensure_service(lab, sleeper(sources=(settings,)), Silence())
    settings.write_text("new")
    try:
        assert ensure_service(lab, sleeper(sources=(settings,)), Silence())
    finally:
        stop_services(lab)


def test_a_record_of_a_process_that_is_gone_ends_nobody_else(lab: Lab) -> None:
    ensure_service(lab, sleeper(), Silence())
    record = lab.root / "services" / "sleeper.json"
    pid = pid_of(lab)
    started = find_process(pid)
    assert started is not None
    text = record.read_text()
    record.write_text(text.replace(f'"start": {started.start}', '"start": 1'))
    stop_service(lab, "sleeper")
    assert started.running(), "a process with the same number and another start was ended"
    record.write_text(text)
    stop_service(lab, "sleeper")
    assert not started.running()


def test_one_that_ends_at_once_is_told_with_its_last_words(lab: Lab) -> None:
    broken = sleeper(command=("sh", "-c", "echo first; echo no such file >&2; exit 3"), listens=(("127.0.0.1", 1),))
    with pytest.raises(ServiceError, match=r"^sleeper: ended with status 3: no such file \(log: .*sleeper\.log\)$"):
        ensure_service(lab, broken, Silence())
    assert "first" in service_log(lab, "sleeper").read_text()


def test_one_that_never_listens_is_ended(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "START_SECONDS", 0.2)
    with pytest.raises(ServiceError, match=r"not ready after 0\.2 s"):
        ensure_service(lab, sleeper(listens=(("127.0.0.1", 1),)), Silence())
    assert list((lab.root / "services").glob("*.json")) == []


def test_a_socket_with_too_long_a_name_is_refused_before_the_start(lab: Lab) -> None:
    with pytest.raises(ServiceError, match="too long for a socket"):
        ensure_service(lab, sleeper(socket=Path("/" + "a" * 107)), Silence())


def test_listening_finds_this_process_own_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert ("127.0.0.1", server.getsockname()[1]) in listening(os.getpid())


def test_secrets_of_the_environment_are_not_in_the_record(lab: Lab) -> None:
    ensure_service(lab, sleeper(environment={"KEY": "hunter2"}), Silence())
    try:
        assert "hunter2" not in (lab.root / "services" / "sleeper.json").read_text()
    finally:
        stop_services(lab)
