"""Every reason why a machine can't run a lab, in words that say what to do."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.hosts.cgroups import Hierarchy
from lab.hosts.machine import GIB, Machine, _controllers, _controllers_locked, reasons

GOOD = Machine(
    architecture="x86_64",
    is_root=True,
    missing_programs=(),
    missing_features=(),
    controllers=frozenset({"cpu", "cpuset", "memory", "pids", "name=systemd"}),
    controllers_locked=False,
    inotify_limit=128,
    inotify_used=3,
    memory_available=8 * GIB,
    disk_free=100 * GIB,
)


def test_a_machine_that_has_it_all() -> None:
    assert reasons(GOOD, hosts=4) == []


@pytest.mark.parametrize(
    ("lack", "message"),
    [
        ({"architecture": "riscv64"}, "processor riscv64: the lab's programs are built for x86_64 and aarch64 only"),
        ({"missing_programs": ("nft", "ip")}, "programs missing: nft, ip; install their Debian packages"),
        ({"missing_features": ("bridges (bridge)",)}, "kernel or container lacks bridges (bridge)"),
        (
            {"controllers": frozenset({"cpu", "memory"})},
            "control groups: no cpuset, pids controller is mounted below /sys/fs/cgroup",
        ),
        ({"controllers_locked": True}, "control groups: /sys/fs/cgroup is not this machine's root group"),
        ({"inotify_used": 110}, "inotify: 18 of 128 instances are free, 4 hosts need"),
        ({"memory_available": 3 * GIB}, "memory: 3.0 GiB available, 4 hosts need 4 GiB; use fewer"),
        ({"disk_free": 5 * GIB}, "disk: 5.0 GiB free for"),
    ],
)
def test_one_lack_one_line(lack: dict[str, Any], message: str) -> None:
    (line,) = reasons(replace(GOOD, **lack), hosts=4)
    assert line.startswith(message)


def test_all_lacks_are_told_at_once() -> None:
    assert len(reasons(replace(GOOD, missing_programs=("ip",), inotify_used=128, disk_free=0), hosts=4)) == 3


def test_without_root_nothing_else_can_be_known() -> None:
    assert reasons(replace(GOOD, is_root=False, disk_free=0), hosts=4) == [
        "a lab needs root for namespaces and mounts: run it as root"
    ]


def test_fewer_hosts_need_less() -> None:
    assert reasons(replace(GOOD, memory_available=3 * GIB), hosts=3) == []


@pytest.fixture
def version_2(tmp_path: Path) -> list[Hierarchy]:
    (tmp_path / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
    (tmp_path / "cgroup.subtree_control").write_text("memory\n")
    (tmp_path / "cgroup.procs").write_text("1\n")
    return [Hierarchy("unified", tmp_path)]


def test_version_2_names_its_controllers_in_a_file(version_2: list[Hierarchy]) -> None:
    assert _controllers(version_2) >= {"cpu", "cpuset", "memory", "pids"}


def test_version_2_on_the_machine_itself_hands_out_controllers(version_2: list[Hierarchy]) -> None:
    assert not _controllers_locked(version_2)


def test_version_2_in_a_container_can_not_while_its_root_has_processes(version_2: list[Hierarchy]) -> None:
    root = version_2[0].folder
    (root / "cgroup.type").write_text("domain\n")
    assert _controllers_locked(version_2)
    (root / "cgroup.procs").write_text("")
    assert not _controllers_locked(version_2)


def test_version_2_in_a_container_that_was_given_all_controllers(version_2: list[Hierarchy]) -> None:
    root = version_2[0].folder
    (root / "cgroup.type").write_text("domain\n")
    (root / "cgroup.subtree_control").write_text("cpuset cpu memory pids\n")
    assert not _controllers_locked(version_2)
