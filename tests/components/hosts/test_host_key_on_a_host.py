"""The step that gives a host its own SSH host key, on a real host with a real sshd."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.look.gatherer import gather_script
from components.remote import HOST_KEY as SCRIPT
from components.rendering import StepTarget, run_alone
from lab.hosts import run_in_host
from lab.lab import OPERATOR, Lab
from lab.network import namespace_command
from tests.lab.hosts.real_lab import (
    HOST_KEY,
    HOST_PUBLIC_KEY,
    SSH_FROM_OPERATOR,
    USER,
    USER_KEY,
    key_pair,
    lab_of,
    spec,
    ssh,
)

pytestmark = pytest.mark.lab

NAME, ADDRESS = "host-12", "198.51.100.12"
FILE = "/etc/ssh/ssh_host_ed25519_key"
OWN_KEY, OWN_PUBLIC_KEY = key_pair()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab_of("t-host-key", tmp_path_factory.mktemp("lab"), spec(12, SSH_FROM_OPERATOR)) as lab:
        ssh(lab, ADDRESS, "cloud-init status --wait", seconds=300)
        run_in_host(lab, NAME, ["bash", "-c", f"echo 'HostKey {FILE}' >/etc/ssh/sshd_config.d/00-tailnet-k3s.conf"])
        run_in_host(lab, NAME, ["systemctl", "restart", "ssh"])
        yield lab


@pytest.fixture(autouse=True)
def _first_key(lab: Lab) -> None:
    """Each test starts with the key of user data."""
    run_in_host(lab, NAME, ["bash", "-c", f"cat >{FILE}; ssh-keygen -y -f {FILE} >{FILE}.pub"], stdin=HOST_KEY)
    run_in_host(lab, NAME, ["systemctl", "reload", "ssh"])


def step(lab: Lab, pinned: str, key: str, command: str = "") -> dict[str, Any]:
    """What the command provider makes of the step: its `stdout`, or `failed`, the error's text."""
    inputs = {
        "connection": {
            "host": ADDRESS,
            "user": USER,
            "privateKey": USER_KEY,
            "hostKey": pinned,
            "dialErrorLimit": 2,
        },
        "create": command or run_alone(StepTarget(NAME, "own-key", USER), SCRIPT.read_text()),
        "stdin": key,
    }
    client = namespace_command(lab, OPERATOR, [sys.executable, "-m", "tests.components.provider_client"])
    result = subprocess.run(
        client,
        input=json.dumps({"inputs": inputs, "cut": None}),
        capture_output=True,
        text=True,
        timeout=120,
        cwd=Path(__file__).parents[3],
        check=False,
    )
    assert result.returncode == 0, result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def is_shown(lab: Lab, key: str) -> bool:
    return "stdout" in step(lab, key, "", "true")


def is_in_user_data(lab: Lab) -> bool:
    """What the look at the host says."""
    found: dict[str, Any] = json.loads(run_in_host(lab, NAME, ["python3", "-"], stdin=gather_script()))
    return bool(found["host_key_in_user_data"])


def files(lab: Lab) -> str:
    return run_in_host(lab, NAME, ["bash", "-c", f"stat -c '%n %a %U' {FILE}* | sort; cat {FILE}.pub"])


def test_it_changes_the_key_and_may_run_again(lab: Lab) -> None:
    assert is_shown(lab, HOST_PUBLIC_KEY)
    assert is_in_user_data(lab)
    assert step(lab, HOST_PUBLIC_KEY, OWN_KEY)["stdout"] == ""
    assert not is_in_user_data(lab)
    assert is_shown(lab, OWN_PUBLIC_KEY)
    assert not is_shown(lab, HOST_PUBLIC_KEY)
    after = files(lab)
    assert after.splitlines()[:2] == [f"{FILE} 600 root", f"{FILE}.pub 644 root"], after
    assert OWN_PUBLIC_KEY in after
    assert step(lab, OWN_PUBLIC_KEY, OWN_KEY)["stdout"] == "", "after an `up` that was killed behind the change"
    assert files(lab) == after


def test_a_power_cut_half_way_is_mended_by_the_next_run(lab: Lab) -> None:
    """The private half is new, the public half is gone, sshd was not told, and a copy is left."""
    run_in_host(lab, NAME, ["bash", "-c", f"cp -p {FILE} {FILE}.before; rm {FILE}.pub; cat >{FILE}"], stdin=OWN_KEY)
    shown = OWN_PUBLIC_KEY if is_shown(lab, OWN_PUBLIC_KEY) else HOST_PUBLIC_KEY
    assert step(lab, shown, OWN_KEY)["stdout"] == ""
    assert is_shown(lab, OWN_PUBLIC_KEY)
    assert len(files(lab).splitlines()) == 3


@pytest.mark.parametrize("key", ["", OWN_KEY[:200]])
def test_a_key_that_did_not_arrive_whole_changes_nothing(lab: Lab, key: str) -> None:
    before = files(lab)
    failed = step(lab, HOST_PUBLIC_KEY, key)["failed"]
    assert f"{NAME} own-key: the host key did not arrive: run up again" in failed
    assert files(lab) == before
    assert is_shown(lab, HOST_PUBLIC_KEY)


def test_an_sshd_that_does_not_take_the_key_keeps_the_former_one(lab: Lab) -> None:
    """It has another file in its settings. Without the way back, nobody could log in any more."""
    other = "/etc/ssh/other_key"
    config = "/etc/ssh/sshd_config.d/00-tailnet-k3s.conf"
    run_in_host(lab, NAME, ["bash", "-c", f"cp -p {FILE} {other}; echo 'HostKey {other}' >{config}"])
    run_in_host(lab, NAME, ["systemctl", "reload", "ssh"])
    try:
        failed = step(lab, HOST_PUBLIC_KEY, OWN_KEY)["failed"]
        assert f"{NAME} own-key: sshd does not show the new host key within 20 s. The former key stays" in failed
        assert HOST_PUBLIC_KEY in files(lab)
        assert len(files(lab).splitlines()) == 3
    finally:
        run_in_host(lab, NAME, ["bash", "-c", f"echo 'HostKey {FILE}' >{config}; rm {other}; systemctl reload ssh"])


def test_no_secret_is_shown(lab: Lab) -> None:
    answers = [step(lab, HOST_PUBLIC_KEY, OWN_KEY[:200]), step(lab, HOST_PUBLIC_KEY, OWN_KEY)]
    told = [one.get(key, "") for one in answers for key in ("failed", "stdout", "stderr")]
    assert OWN_KEY.splitlines()[1] not in str(told)
