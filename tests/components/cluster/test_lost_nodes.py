"""Which nodes are forgotten before the cluster changes: those that are lost and no longer wanted."""

from pathlib import Path

import pytest

from components.cluster.k3s import HERE
from tests.components.prelude import run_script

# FOLDER has a file for each node, with what is said of its readiness: a line each time, the last one again and again.
# A node with a file `NODE.silent` gives no sign of life any more. `NODE.annotations` are what others than this program
# have made. `calls` gets the nodes and passwords that are deleted.
K3S = """node=${*: -3:1}
case "$*" in
  *"get nodes"*) cd "$FOLDER/nodes" && ls | grep -v '[.]' ;;
  *"get lease"*) if [ -e "$FOLDER/nodes/$node.silent" ]; then echo long ago; else date +%N; fi ;;
  *"get node "*annotations*)
    set -- "$@" end
    while [ "$2" != node ]; do shift; done
    cat "$FOLDER/nodes/$3.annotations" 2>/dev/null ||
      printf 'tailnet-k3s/labels= \\ntailnet-k3s/device=lab-%s-aaaa\\n' "$3"
    ;;
  *"get node "*)
    head -n 1 "$FOLDER/nodes/$node"
    [ "$(wc -l <"$FOLDER/nodes/$node")" = 1 ] || sed -i 1d "$FOLDER/nodes/$node"
    ;;
  *"delete node "* | *"delete secret "*) echo "${*: -2:1}" >>"$FOLDER/calls" ;;
esac"""
ALIVE, LOST, JUST_LOST = ["True"], ["Unknown"], ["True", "True", "Unknown"]
WANTED = "home-1 lab-home-1-aaaa\noracle-1 lab-oracle-1-aaaa"
SCRIPT = "\n".join((HERE / name).read_text() for name in ("node_object.sh", "lost_nodes.sh"))


def removed(
    folder: Path, nodes: dict[str, list[str]], wanted: str = WANTED, annotations: dict[str, str] | None = None
) -> list[str]:
    """Names of the nodes that are deleted, each with its password."""
    (folder / "nodes").mkdir()
    for node, said in nodes.items():
        (folder / "nodes" / node).write_text("".join(f"{line}\n" for line in said))
        if said != ALIVE:
            (folder / "nodes" / f"{node}.silent").touch()
    for node, text in (annotations or {}).items():
        (folder / "nodes" / f"{node}.annotations").write_text(text)
    ran = run_script(folder, SCRIPT, {"WANTED": wanted}, {"k3s": K3S})
    assert ran.returncode == 0, ran.stderr
    calls = (folder / "calls").read_text().split() if (folder / "calls").exists() else []
    assert ("unchanged" in ran.stderr) == (not calls)
    assert calls[::2] == [f"{node}.node-password.k3s" for node in calls[1::2]]
    return calls[1::2]


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
    assert removed(tmp_path, nodes) == forgotten


def test_a_lost_node_that_its_owner_let_join_by_hand_stays(tmp_path: Path) -> None:
    by_hand = {"home-2": "flannel.alpha.coreos.com/backend-type=vxlan\n"}
    assert removed(tmp_path, {"home-1": ALIVE, "home-2": LOST}, annotations=by_hand) == []


@pytest.mark.parametrize(("said", "forgotten"), [(LOST, ["home-1"]), (JUST_LOST, ["home-1"]), (ALIVE, [])])
def test_the_node_of_an_earlier_machine_is_forgotten_unless_it_answers(
    tmp_path: Path, said: list[str], forgotten: list[str]
) -> None:
    """One that answers is the same machine, as another device: its node goes on."""
    wanted = WANTED.replace("lab-home-1-aaaa", "lab-home-1-bbbb")
    assert removed(tmp_path, {"home-1": said, "oracle-1": ALIVE}, wanted) == forgotten


def test_a_node_of_a_version_that_noted_no_device_stays(tmp_path: Path) -> None:
    assert removed(tmp_path, {"home-1": LOST}, annotations={"home-1": "tailnet-k3s/labels=a \n"}) == []


def test_an_api_that_does_not_answer_is_told(tmp_path: Path) -> None:
    script = SCRIPT.replace("wait_until 300", "wait_until 1")
    ran = run_script(tmp_path, script, {"WANTED": WANTED}, {"k3s": "echo refused; exit 1"})
    assert ran.returncode != 0
    told = "oracle-1 thing: waited 1 s for: the API to list the nodes; saw: refused"
    assert ran.stderr.splitlines()[-1] == told
