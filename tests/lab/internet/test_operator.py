"""The operator's device joins once, with a key that no command line shows; tailscale is a script here."""

import json
from pathlib import Path

import pytest

from lab.internet.operator import OperatorDevice
from lab.internet.service import ServiceError
from lab.lab import Lab

TAILSCALE = """#!/bin/sh
echo "$@" >>{folder}/calls
case "$*" in
  *" up "*) echo '{{"BackendState": "Running"}}' >{folder}/state; {up} ;;
  *status*) cat {folder}/state ;;
esac
"""


@pytest.fixture
def device(tmp_path: Path) -> OperatorDevice:
    """A device that has not joined."""
    program = tmp_path / "tailscaled"
    program.write_text(TAILSCALE.format(folder=tmp_path, up="true"))
    program.chmod(0o755)
    (tmp_path / "state").write_text(json.dumps({"BackendState": "NeedsLogin"}))
    device = OperatorDevice(Lab("test", tmp_path), program)
    (tmp_path / "authority").touch()
    device.service(tmp_path / "authority")
    return device


def test_it_joins_once(device: OperatorDevice) -> None:
    assert device.join(lambda: "join-key")
    assert not device.join(lambda: pytest.fail("a second key was made"))


def test_the_key_is_on_no_command_line_and_no_disk_afterwards(device: OperatorDevice, tmp_path: Path) -> None:
    device.join(lambda: "join-key")
    assert "join-key" not in (tmp_path / "calls").read_text().replace(str(device.folder / "join-key"), "")
    assert not (device.folder / "join-key").exists()


def test_a_refusal_is_told_and_leaves_no_key(device: OperatorDevice, tmp_path: Path) -> None:
    device.tailscaled.write_text(TAILSCALE.format(folder=tmp_path, up="echo 'invalid key' >&2; exit 1"))
    with pytest.raises(ServiceError, match=r"operator: `tailscale up` failed: invalid key"):
        device.join(lambda: "join-key")
    assert not (device.folder / "join-key").exists()


def test_it_has_name_servers_of_its_own(device: OperatorDevice, tmp_path: Path) -> None:
    service = device.service(tmp_path / "authority")
    assert service.command[:2] == ("unshare", "--mount")
    assert str(device.folder / "resolv.conf") in service.command
