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
PROGRAMS = {"mariadb": MARIADB, "sleep": "true", "systemctl": '[ ! -e "$FOLDER/stopped" ]'}


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
