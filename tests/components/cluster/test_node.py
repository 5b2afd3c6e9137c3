"""What a step does with a node's object: labels and taints that it sets and takes back, and its end."""

import subprocess
from pathlib import Path

import pytest

from components.cluster.k3s import HERE
from tests.components.prelude import run_script

NODE = """echo "$*" >>"$FOLDER/calls"
case "$*" in
  *"$SILENT"*) echo refused >&2; exit 1 ;;
  *tailnet-k3s/labels\\"*) echo "a gone " ;;
  *tailnet-k3s/taints\\"*) echo "slow=1:NoSchedule old=:NoExecute " ;;
  *".metadata.labels"*) printf '%s\\n' a=0 gone=1 theirs=1 node-role.kubernetes.io/etcd=true ;;
  *".spec.taints"*) printf '%s\\n' slow=1:NoSchedule old:NoExecute ;;
  *".status.conditions"*) echo Ready=True ;;
  *".status.addresses"*) echo 100.64.0.9 ;;
esac"""
WANTED = {
    "NODE": "home-1",
    "ADDRESS": "100.64.0.9",
    "DEVICE": "lab-home-1",
    "LABELS": "a=1\nb=2",
    "TAINTS": "slow=2:NoSchedule",
    "SERVER": "no",
}


def on_server(
    folder: Path, script: str, k3s: str, values: dict[str, str], silent: str = "none"
) -> subprocess.CompletedProcess[str]:
    text = (HERE / script).read_text().replace("wait_until 60", "wait_until 0").replace("SECONDS + 30", "SECONDS + 2")
    return run_script(folder, text, values, {"k3s": f"SILENT='{silent}'\n{k3s}"})


def changes(folder: Path) -> list[str]:
    """What the API was told."""
    calls = (folder / "calls").read_text().splitlines()
    return [call.removeprefix("kubectl --request-timeout=20s ") for call in calls if " get " not in call]


@pytest.mark.parametrize("server", ["yes", "no"])
def test_a_node_gets_what_it_lacks_and_loses_what_the_step_had_set(tmp_path: Path, server: str) -> None:
    ran = on_server(tmp_path, "node.sh", NODE, WANTED | {"SERVER": server})
    assert ran.returncode == 0, ran.stderr
    role = "" if server == "yes" else " node-role.kubernetes.io/etcd-"
    assert changes(tmp_path) == [
        f"label node home-1 --overwrite a=1 b=2 gone-{role}",
        "taint node home-1 --overwrite slow=2:NoSchedule old:NoExecute-",
        "annotate node home-1 --overwrite tailnet-k3s/labels=a b  tailnet-k3s/taints=slow=2:NoSchedule "
        " tailnet-k3s/device=lab-home-1",
    ]


def test_another_machine_under_the_nodes_name_is_not_taken_for_it(tmp_path: Path) -> None:
    """It is Ready, but it has another address in the tailnet."""
    text = (HERE / "node.sh").read_text().replace("wait_until 300", "wait_until 0")
    ran = run_script(tmp_path, text, WANTED | {"ADDRESS": "100.64.0.1"}, {"k3s": f"SILENT=none\n{NODE}"})
    assert ran.returncode != 0
    assert ran.stderr.splitlines()[-1] == (
        "oracle-1 thing: waited 0 s for: node home-1 to be Ready at 100.64.0.1; saw: it is Ready with the address"
        " 100.64.0.9, which is not this host's"
    )
    assert changes(tmp_path) == []


@pytest.mark.parametrize("silent", ["tailnet-k3s/labels", "tailnet-k3s/taints"])
def test_what_the_step_had_set_is_not_forgotten_when_the_api_does_not_tell_it(tmp_path: Path, silent: str) -> None:
    ran = on_server(tmp_path, "node.sh", NODE, WANTED, f'index . "{silent}"')
    assert ran.returncode != 0
    assert [change for change in changes(tmp_path) if change.startswith("annotate")] == []


@pytest.mark.parametrize("asked", [".metadata.labels", ".spec.taints", "tailnet-k3s/labels", "tailnet-k3s/taints"])
def test_one_request_that_fails_does_not_end_the_step(tmp_path: Path, asked: str) -> None:
    """The API refuses requests while the datastore's writer moves to another host."""
    once = (
        f"""case "$*" in *'{asked}'*) mkdir "$FOLDER/failed" 2>/dev/null && {{ echo refused >&2; exit 1; }} ;; esac"""
    )
    ran = on_server(tmp_path, "node.sh", f"{once}\n{NODE}", WANTED)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "failed").exists()
    assert len(changes(tmp_path)) == 3


LEAVING = """echo "$*" >>"$FOLDER/calls"
case "$*" in
  *" get node "*"--ignore-not-found"*) cat "$FOLDER/answer" ;;
  *" get node "*) [ -s "$FOLDER/answer" ] && cut -d ' ' -f 2 "$FOLDER/answer" ;;
  *) true ;;
esac"""


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("", []),
        ("home-1 True", ["drain", "delete"]),
        ("home-1 Unknown", ["delete"]),
        ("home-1 ", ["delete"]),  # it has said nothing yet
    ],
)
def test_a_node_that_leaves_is_drained_if_it_answers(tmp_path: Path, answer: str, told: list[str]) -> None:
    (tmp_path / "answer").write_text(answer)
    ran = on_server(tmp_path, "node_leave.sh", LEAVING, {"NODE": "home-1"})
    assert ran.returncode == 0, ran.stderr
    words = [change.split() for change in changes(tmp_path)]
    assert [next(word for word in line if word in ("drain", "delete")) for line in words] == told


def test_a_node_has_not_left_while_the_api_does_not_answer(tmp_path: Path) -> None:
    ran = on_server(tmp_path, "node_leave.sh", "echo connection refused >&2; exit 1", {"NODE": "home-1"})
    assert ran.stderr.splitlines()[-1] == (
        "oracle-1 thing: waited 0 s for: the API to tell whether it has the node home-1; saw: connection refused"
    )
