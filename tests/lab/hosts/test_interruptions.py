"""Whoever makes a host may be killed at any moment: it can be finished, or taken away without a trace."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab.hosts import create_host, delete_host, delete_lab, list_hosts, run_in_host
from lab.hosts.process import read_process
from lab.hosts.store import host_folder
from lab.lab import OPERATOR, REPOSITORY, Lab, lab_environment
from lab.network import create_network, namespace_command
from tests.lab.hosts.real_lab import lab_of, remains, spec
from tests.waiting import until

pytestmark = pytest.mark.lab

CREATE = """
from dataclasses import replace
from lab.hosts import create_host
from lab.lab import lab_from_environment
from tests.lab.hosts.real_lab import spec
ready = replace(spec(11), user_data=b"")
print("ready", flush=True)
create_host(lab_from_environment(), ready)
"""
BARE = replace(spec(11), user_data=b"")
"""Keys are new in each process: this one is the same in all."""
MOMENTS = [0.0, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3]
"""Seconds after which the creation is killed; it takes about 0.4."""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with lab_of("t-killed", tmp_path) as lab:
        yield lab


def start_creation(lab: Lab, path: str = "/usr/sbin:/usr/bin:/sbin:/bin") -> subprocess.Popen[bytes]:
    """Another process that makes host-11, which it has just begun to do."""
    environment = {**lab_environment(lab), "PATH": path, "PYTHONPATH": str(REPOSITORY)}
    maker = subprocess.Popen([sys.executable, "-c", CREATE], env=environment, stdout=subprocess.PIPE)
    assert maker.stdout is not None
    assert maker.stdout.readline() == b"ready\n"
    return maker


def create_and_kill(lab: Lab, after: float) -> None:
    """Make host-11 in another process, and kill that."""
    maker = start_creation(lab)
    try:
        maker.wait(after)
    except subprocess.TimeoutExpired:
        maker.kill()
        maker.wait()


@pytest.mark.parametrize("after", MOMENTS)
def test_a_creation_that_was_killed_can_be_taken_away(lab: Lab, after: float) -> None:
    create_and_kill(lab, after)
    delete_host(lab, "host-11")
    assert not [line for line in remains(lab) if "host-11" in line]
    assert list_hosts(lab) == []


@pytest.mark.parametrize("program", ["bash", "ip"])
def test_what_a_killed_creation_had_begun_is_waited_for(lab: Lab, tmp_path: Path, program: str) -> None:
    """Whatever it had begun: a supervisor that has not said yet who it is, and a command of one."""
    slow, begun = tmp_path / "programs" / program, tmp_path / "begun"
    slow.parent.mkdir()
    slow.write_text(f'#!/bin/sh\ntouch "{begun}"\nsleep 1\nexec /usr/bin/{program} "$@"\n')
    slow.chmod(0o755)
    maker = start_creation(lab, f"{slow.parent}:/usr/sbin:/usr/bin:/sbin:/bin")
    until(f"{program} begins", begun.exists)
    maker.kill()
    maker.wait()
    delete_host(lab, "host-11")
    assert not [line for line in remains(lab) if "host-11" in line]
    time.sleep(1.5)
    assert not [line for line in remains(lab) if "host-11" in line]


def test_a_creation_that_was_killed_is_finished_by_the_next(lab: Lab) -> None:
    for after in MOMENTS:
        create_and_kill(lab, after)
    create_host(lab, BARE)
    assert run_in_host(lab, "host-11", ["cat", "/etc/hostname"]) == "host-11\n"


def test_a_host_outlives_who_made_it_but_not_its_supervisor(lab: Lab) -> None:
    create_and_kill(lab, 30)
    (host,) = list_hosts(lab)
    assert host.running
    supervisor = read_process(host_folder(lab, "host-11").supervisor)
    init = read_process(host_folder(lab, "host-11").init)
    assert supervisor is not None
    assert init is not None
    supervisor.send(signal.SIGKILL)
    assert init.ended_within(5)
    create_host(lab, BARE)
    assert list_hosts(lab)[0].running


def test_the_end_of_a_lab_ends_what_runs_in_its_network(lab: Lab) -> None:
    stray = subprocess.Popen(namespace_command(lab, OPERATOR, ["sleep", "600"]))
    create_host(lab, BARE)
    delete_lab(lab)
    assert stray.wait(5) == -signal.SIGTERM
    assert remains(lab) == []
    delete_lab(lab)
    create_network(lab)
