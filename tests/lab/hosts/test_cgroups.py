"""Where control groups can be made, on machines of every kind, and what is written there."""

from pathlib import Path

import pytest

from lab.hosts.cgroups import Hierarchy, Limits, find_hierarchies, make_groups, remove_groups, version_2_alone

HYBRID_GROUPS = "4:memory:/session/1\n3:cpuset:/\n2:cpu,cpuacct:/\n9:name=systemd:/\n1:net_cls:/\n0::/\n"
HYBRID_MOUNTS = """\
24 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 24 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
33 30 0:29 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
34 30 0:30 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
39 30 0:35 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
40 30 0:36 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
"""
SESSION_GROUPS = "0::/user.slice/user-0.slice/session-3.scope\n"
SESSION_MOUNTS = "35 24 0:30 / /sys/fs/cgroup rw,nosuid,nodev shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"


def test_hybrid_beneath_our_own_group_in_each_mounted_hierarchy() -> None:
    assert find_hierarchies(HYBRID_GROUPS, HYBRID_MOUNTS) == [
        Hierarchy("memory", Path("/sys/fs/cgroup/memory/session/1")),
        Hierarchy("cpuset", Path("/sys/fs/cgroup/cpuset")),
        Hierarchy("cpu,cpuacct", Path("/sys/fs/cgroup/cpu,cpuacct")),
        Hierarchy("name=systemd", Path("/sys/fs/cgroup/systemd")),
        Hierarchy("unified", Path("/sys/fs/cgroup/unified")),
    ]


def test_version_2_alone_beneath_the_mount_as_our_own_group_has_processes() -> None:
    found = find_hierarchies(SESSION_GROUPS, SESSION_MOUNTS)
    assert found == [Hierarchy("unified", Path("/sys/fs/cgroup"))]
    assert version_2_alone(found)
    assert not version_2_alone(find_hierarchies(HYBRID_GROUPS, HYBRID_MOUNTS))


def test_version_1_in_a_container_that_sees_a_part_of_the_hierarchy() -> None:
    mounts = "34 30 0:30 /docker/1a2b /sys/fs/cgroup/memory ro,relatime - cgroup cgroup rw,memory\n"
    assert find_hierarchies("4:memory:/docker/1a2b/inner\n", mounts) == [
        Hierarchy("memory", Path("/sys/fs/cgroup/memory/inner"))
    ]
    assert find_hierarchies("4:memory:/docker/1a2b\n", mounts) == [Hierarchy("memory", Path("/sys/fs/cgroup/memory"))]
    assert find_hierarchies("4:memory:/elsewhere\n", mounts) == [Hierarchy("memory", Path("/sys/fs/cgroup/memory"))]


def test_version_1_cpusets_get_processors_before_processes(tmp_path: Path) -> None:
    (tmp_path / "cpuset.cpus").write_text("0-1\n")
    (tmp_path / "cpuset.mems").write_text("0\n")
    make_groups([Hierarchy("cpuset", tmp_path), Hierarchy("memory", tmp_path / "m")], "lab-1a2b", "h", Limits())
    for group in (tmp_path / "lab-1a2b", tmp_path / "lab-1a2b/h"):
        assert (group / "cpuset.cpus").read_text() == "0-1\n"
        assert (group / "cpuset.mems").read_text() == "0\n"
    assert (tmp_path / "lab-1a2b/h/cgroup.clone_children").read_text() == "1"


def test_version_1_limits(tmp_path: Path) -> None:
    hierarchies = [Hierarchy("memory", tmp_path / "memory"), Hierarchy("cpu,cpuacct", tmp_path / "cpu")]
    make_groups(hierarchies, "lab-1a2b", "h", Limits(memory_bytes=1024, cpus=1.5))
    assert (tmp_path / "memory/lab-1a2b/h/memory.limit_in_bytes").read_text() == "1024"
    assert (tmp_path / "cpu/lab-1a2b/h/cpu.cfs_quota_us").read_text() == "150000"


def test_version_2_hands_controllers_down_to_the_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[str, str]] = []

    class Kernel(type(tmp_path)):  # type: ignore[misc]
        """Files of a version 2 hierarchy appear with their folder, and writing to them appends."""

        def mkdir(self, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
            super().mkdir(mode, parents, exist_ok)
            for name, text in {
                "cgroup.controllers": "cpuset cpu io memory pids misc",
                "cgroup.subtree_control": "",
                "memory.max": "max",
                "cpu.max": "max 100000",
            }.items():
                if not (self / name).exists():
                    super(Kernel, self / name).write_text(text)

        def write_text(self, data: str, *_: object, **__: object) -> int:
            written.append((str(self.relative_to(tmp_path)), data))
            return len(data)

    root = Kernel(tmp_path / "root")
    root.mkdir()
    make_groups([Hierarchy("unified", root)], "lab-1a2b", "h", Limits(memory_bytes=1024, cpus=2))
    handed = [f"+{name}" for name in ("cpu", "cpuset", "memory", "pids", "io")]
    assert written == [
        *(("root/cgroup.subtree_control", each) for each in handed),
        *(("root/lab-1a2b/cgroup.subtree_control", each) for each in handed),
        ("root/lab-1a2b/h/memory.max", "1024"),
        ("root/lab-1a2b/h/cpu.max", "200000 100000"),
    ]


def test_groups_are_removed_from_the_inside_out(tmp_path: Path) -> None:
    (tmp_path / "h/system.slice/k3s.service").mkdir(parents=True)
    (tmp_path / "h/init.scope").mkdir()
    remove_groups([tmp_path / "h", tmp_path / "was-never-there"])
    assert not (tmp_path / "h").exists()


def test_groups_that_stay_busy_are_told(tmp_path: Path) -> None:
    (tmp_path / "h").mkdir()
    (tmp_path / "h/a-process").touch()
    with pytest.raises(OSError, match="not empty"):
        remove_groups([tmp_path / "h"], seconds=0.1)
