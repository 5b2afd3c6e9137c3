"""The writing mariadbd is killed while objects are written through the API: writes go on, nothing read back is lost."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.network import namespace_command
from tests.end_to_end.running import RunningLab, eventually

RESUME_SECONDS = 8
WRITES = 150
KILL_AFTER = 40


@pytest.fixture
def kubeconfig(lab: RunningLab, tmp_path: Path) -> Path:
    """The owner's kubeconfig in a file of its own."""
    path = tmp_path / "kubeconfig"
    path.touch(mode=0o600)
    path.write_text(lab.kubectl("config", "view", "--raw", "--flatten"))
    return path


def test_killed_writer_loses_nothing_that_was_read_back(
    lab: RunningLab, members: list[str], kubeconfig: Path, say: Callable[[str], None]
) -> None:
    writer = members[0]
    script = Path(__file__).parent / "steady_writes.py"
    process = subprocess.Popen(
        namespace_command(lab.lab, "operator", [sys.executable, str(script), str(kubeconfig), str(WRITES)]),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if json.loads(line).get("written") == KILL_AFTER:
                lab.ssh(writer, "pkill -KILL -x mariadbd; date +%s.%N > /run/killed-at")
                break
        rest = [json.loads(line) for line in process.stdout]
        assert process.wait(timeout=240) == 0, "the loop that writes ended with an error"
    finally:
        process.kill()
    result = rest[-1]
    say(
        f"answered and read back {result['read_back']}, answered only {len(result['answered_only'])}, "
        f"longest gap {result['longest_gap']:.1f} s"
    )
    assert result["read_back"] >= WRITES - KILL_AFTER, result
    assert result["longest_gap"] <= RESUME_SECONDS, result
    assert result["lost"] == [], f"read back once, gone at the end: {result['lost']}"

    def members_agree() -> bool:
        counts = {
            lab.ssh(
                member,
                'mariadb -Ne "SELECT COUNT(DISTINCT name) FROM k3s.kine '
                "WHERE name LIKE '/registry/configmaps/steady-writes/write-%'\"",
            ).strip()
            for member in members
        }
        return counts == {str(result["stored"])}

    eventually(f"every member to hold {result['stored']} objects", 60, members_agree)
    lab.kubectl("delete", "namespace", "steady-writes", "--wait=false")


def test_killed_member_comes_back_by_itself(lab: RunningLab, members: list[str]) -> None:
    def size() -> bool:
        shown = [lab.ssh(member, "mariadb -Ne \"SHOW STATUS LIKE 'wsrep_cluster_size'\"").split() for member in members]
        return all(words[-1] == str(len(members)) for words in shown)

    eventually("all members to be back", 120, size)
