"""Which nodes are forgotten before the cluster changes: those that are lost and no longer wanted."""

from pathlib import Path

import pytest

from components.cluster.k3s import HERE
from tests.components.prelude import run_script

# FOLDER: `nodes` is what the API lists; `calls` gets what it is asked to delete.
K3S = """case "$*" in
  *"get nodes"*) cat "$FOLDER/nodes" ;;
  *"delete node "*) echo "${@: -1}" >>"$FOLDER/calls" ;;
esac"""


@pytest.mark.parametrize(
    ("nodes", "forgotten"),
    [
        (["home-1 True", "oracle-1 True"], []),
        (["home-1 Unknown", "oracle-1 True"], []),  # it may come back
        (["home-1 True", "home-2 True"], []),  # it leaves in order, later
        (["home-1 True", "home-2 Unknown"], ["home-2"]),
        (["home-1 True", "home-2 False", "home-10 Unknown"], ["home-2", "home-10"]),
    ],
)
def test_lost_ones_that_nobody_wants_are_forgotten(tmp_path: Path, nodes: list[str], forgotten: list[str]) -> None:
    (tmp_path / "nodes").write_text("\n".join(nodes))
    script = (HERE / "lost_nodes.sh").read_text()
    ran = run_script(tmp_path, script, {"WANTED": "home-1\noracle-1"}, {"k3s": K3S})
    assert ran.returncode == 0, ran.stderr
    calls = tmp_path / "calls"
    assert (calls.read_text().split() if calls.exists() else []) == forgotten
    assert ("unchanged" in ran.stderr) == (not forgotten)


def test_an_api_that_does_not_answer_is_told(tmp_path: Path) -> None:
    ran = run_script(tmp_path, (HERE / "lost_nodes.sh").read_text(), {"WANTED": "home-1"}, {"k3s": "exit 1"})
    assert ran.returncode != 0
    assert ran.stderr.splitlines()[-1] == "oracle-1 thing: the API does not list its nodes"
