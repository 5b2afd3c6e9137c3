"""Which nodes are forgotten before the cluster changes: those that are lost and no longer wanted."""

from pathlib import Path

import pytest

from components.cluster.k3s import HERE
from tests.components.prelude import run_script

# FOLDER has a file for each node, with what is said of its readiness: a line each time, the last one again and again.
# A node with a file `NODE.silent` gives no sign of life any more. `calls` gets the nodes that are deleted.
K3S = """node=${*: -3:1}
case "$*" in
  *"get nodes"*) cd "$FOLDER/nodes" && ls | grep -v silent ;;
  *"get lease"*) if [ -e "$FOLDER/nodes/$node.silent" ]; then echo long ago; else date +%N; fi ;;
  *"get node "*)
    head -n 1 "$FOLDER/nodes/$node"
    [ "$(wc -l <"$FOLDER/nodes/$node")" = 1 ] || sed -i 1d "$FOLDER/nodes/$node"
    ;;
  *"delete node "*) echo "${*: -1}" >>"$FOLDER/calls" ;;
esac"""
ALIVE, LOST, JUST_LOST = ["True"], ["Unknown"], ["True", "True", "Unknown"]


@pytest.mark.parametrize(
    ("nodes", "forgotten"),
    [
        ({"home-1": ALIVE, "oracle-1": ALIVE}, []),
        ({"home-1": LOST, "oracle-1": ALIVE}, []),  # it may come back
        ({"home-1": ALIVE, "home-2": ALIVE}, []),  # it leaves in order, later
        ({"home-1": ALIVE, "home-2": LOST}, ["home-2"]),
        ({"home-1": ALIVE, "home-2": JUST_LOST, "home-10": ["False"]}, ["home-10", "home-2"]),
    ],
)
def test_lost_ones_that_nobody_wants_are_forgotten(
    tmp_path: Path, nodes: dict[str, list[str]], forgotten: list[str]
) -> None:
    (tmp_path / "nodes").mkdir()
    for node, said in nodes.items():
        (tmp_path / "nodes" / node).write_text("".join(f"{line}\n" for line in said))
        if said != ALIVE:
            (tmp_path / "nodes" / f"{node}.silent").touch()
    ran = run_script(tmp_path, (HERE / "lost_nodes.sh").read_text(), {"WANTED": "home-1\noracle-1"}, {"k3s": K3S})
    assert ran.returncode == 0, ran.stderr
    calls = tmp_path / "calls"
    assert (calls.read_text().split() if calls.exists() else []) == forgotten
    assert ("unchanged" in ran.stderr) == (not forgotten)


def test_an_api_that_does_not_answer_is_told(tmp_path: Path) -> None:
    script = (HERE / "lost_nodes.sh").read_text().replace("wait_until 300", "wait_until 1")
    ran = run_script(tmp_path, script, {"WANTED": "home-1"}, {"k3s": "echo refused; exit 1"})
    assert ran.returncode != 0
    told = "oracle-1 thing: waited 1 s for: the API to list the nodes; saw: refused"
    assert ran.stderr.splitlines()[-1] == told
