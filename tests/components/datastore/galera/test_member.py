"""What the look finds out about a member: one that left the others for a moment is not reported."""

import re
from pathlib import Path

import pytest

from components.datastore.galera.galera import HERE
from tests.components.prelude import run_script

MARIADB = """state=$(head -n 1 "$FOLDER/states")
sed -i '1{$!d}' "$FOLDER/states"
[ "$state" != none ] || { echo "Access denied" >&2 && exit 1; }
echo "$state"
"""
PROGRAMS = {"mariadb": MARIADB, "sleep": "command -p sleep 0.3", "systemctl": '[ ! -e "$FOLDER/stopped" ]'}


@pytest.mark.parametrize(
    ("states", "said"),
    [
        (["Synced"], ""),
        (["Initialized", "Joining", "Synced"], ""),
        (["Initialized"], "the database member is not Synced: Initialized\n"),
        (["none"], "the database member is not Synced: no answer to root: Access denied\n"),
    ],
)
def test_a_member_that_is_not_synced_has_some_seconds(tmp_path: Path, states: list[str], said: str) -> None:
    text = (HERE / "member.sh").read_text()
    (check,) = re.findall(r"^member_is_synced\(\) \{.*?^\}$", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "states").write_text("\n".join(states) + "\n")
    ran = run_script(tmp_path, f"{check}\nmember_is_synced || true", {}, PROGRAMS)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == said


def test_a_member_that_is_stopped_is_reported_by_its_unit(tmp_path: Path) -> None:
    (check,) = re.findall(
        r"^member_is_synced\(\) \{.*?^\}$", (HERE / "member.sh").read_text(), re.MULTILINE | re.DOTALL
    )
    (tmp_path / "states").write_text("none\n")
    (tmp_path / "stopped").touch()
    ran = run_script(tmp_path, f"{check}\nmember_is_synced", {}, PROGRAMS)
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr


@pytest.mark.parametrize(
    ("query", "ends", "said"),
    [
        ("printf 'innodb_snapshot_isolation\\tON\\n'", 0, "switched innodb_snapshot_isolation off"),
        ("printf 'innodb_snapshot_isolation\\tOFF\\n'", 0, "unchanged"),
        ("true", 0, "unchanged"),  # an older server, which does not know it
        ("exit 1", 97, "MariaDB does not tell its innodb_snapshot_isolation"),
    ],
)
def test_an_isolation_that_is_not_told_is_not_taken_for_off(tmp_path: Path, query: str, ends: int, said: str) -> None:
    text = (HERE / "member.sh").read_text().replace("/run/galera-member", str(tmp_path))
    part = text[text.index("snapshot_isolation() {") : text.index("# The member that started")]
    mariadb = f'case "$*" in *SHOW*) {query} ;; *COUNT*) echo 0 ;; *CONNECTION_ID*) echo 7 ;; esac'
    ran = run_script(tmp_path, part, {}, {"mariadb": mariadb})
    assert (ran.returncode, ran.stderr.splitlines()[-1]) == (ends, f"oracle-1 thing: {said}")
