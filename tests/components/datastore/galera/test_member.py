"""What the look finds out about a member: one that left the others for a moment is not reported."""

import re
from pathlib import Path

import pytest

from components.datastore.galera.galera import HERE
from tests.components.prelude import run_script

MARIADB = """state=$(head -n 1 "$FOLDER/states")
sed -i '1{$!d}' "$FOLDER/states"
[ "$state" != none ] && echo "$state"
"""


@pytest.mark.parametrize(
    ("states", "said"),
    [
        (["Synced"], ""),
        (["Initialized", "Joining", "Synced"], ""),
        (["Initialized"], "the database member is not Synced: Initialized\n"),
        (["none"], ""),  # the look reports the stopped unit
    ],
)
def test_a_member_that_is_not_synced_has_some_seconds(tmp_path: Path, states: list[str], said: str) -> None:
    text = (HERE / "member.sh").read_text()
    (check,) = re.findall(r"^member_is_synced\(\) \{.*?^\}$", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "states").write_text("\n".join(states) + "\n")
    ran = run_script(tmp_path, f"{check}\nmember_is_synced || true", {}, {"mariadb": MARIADB, "sleep": "true"})
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == said
