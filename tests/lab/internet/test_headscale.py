"""Headscale's settings, and the keys that are asked of it, with a program in its place."""

import stat
from pathlib import Path

import pytest
import yaml

from lab.internet.ca import Identity
from lab.internet.headscale import Headscale
from lab.internet.service import ServiceError
from lab.lab import Lab


def headscale(tmp_path: Path, script: str) -> Headscale:
    """A server whose commands are answered by a shell script."""
    program = tmp_path / "headscale"
    program.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path / "calls"}\n{script}\n')
    program.chmod(0o755)
    (tmp_path / "lab" / "internet" / "headscale").mkdir(parents=True)
    return Headscale(Lab("test", tmp_path / "lab"), program)


def test_settings_are_what_hosts_can_reach_and_trust(tmp_path: Path) -> None:
    server = Identity(tmp_path / "server.pem", tmp_path / "server.key")
    control = headscale(tmp_path, "")
    service = control.service(server)
    settings = yaml.safe_load(control.settings.read_text())
    assert settings["server_url"] == "https://203.0.113.2:443"
    assert settings["derp"]["urls"] == [], "hosts would need the real internet to find relays"
    assert settings["policy"] == {"mode": "database"}, "the provider could not set a policy"
    assert settings["tls_cert_path"] == str(server.certificate)
    assert service.listens == (("203.0.113.2", 443),)


def test_the_api_key_is_made_once_and_kept_for_its_owner(tmp_path: Path) -> None:
    control = headscale(tmp_path, "echo '\"secret-key\"'")
    assert [control.api_key(), control.api_key()] == ["secret-key", "secret-key"]
    assert (tmp_path / "calls").read_text().count("apikeys create") == 1
    assert stat.S_IMODE((control.folder / "api-key").stat().st_mode) == 0o600


def test_the_operator_joins_with_a_key_of_its_tag(tmp_path: Path) -> None:
    control = headscale(tmp_path, """echo '{"id": 1, "key": "join-key"}'""")
    assert control.operator_key() == "join-key"
    assert "--tags tag:operator" in (tmp_path / "calls").read_text()


def test_a_refusal_is_one_line(tmp_path: Path) -> None:
    control = headscale(tmp_path, "echo 'Error: no such thing' >&2; exit 1")
    with pytest.raises(ServiceError, match=r"^headscale: `apikeys create` failed: Error: no such thing$"):
        control.api_key()
    assert not (control.folder / "api-key").exists()
