"""Who may be taken out of the cluster: as many healthy members must be left as make a majority."""

import subprocess
from pathlib import Path

import pytest

from components.datastore.etcd.etcd import VERBS
from tests.components.prelude import run_script

# Answers for members 1 to 5. The file `away` names those that do not answer.
ETCDCTL = """
case "$*" in
  *"endpoint health"*) for n in $(cat "$FOLDER/away"); do case "$*" in *10.0.0.$n:*) exit 1 ;; esac; done ;;
  *"member remove"*)
    echo "${@: -1}" >>"$FOLDER/asked"
    case $(wc -l <"$FOLDER/asked") in
      "$REFUSALS") echo "Error: etcdserver: unhealthy cluster" >&2; exit 1 ;;
    esac
    [ ! -e "$FOLDER/gone" ] || { echo "Error: etcdserver: member not found" >&2; exit 1; } ;;
esac
"""


def entry(number: int, *, state: str = "started", learner: bool = False) -> str:
    """A line of `etcdctl member list -w simple`."""
    name, client = (f"host-{number}", f"https://10.0.0.{number}:2379") if state == "started" else ("", "")
    return f"id{number}, {state}, {name}, https://10.0.0.{number}:2380, {client}, {str(learner).lower()}"


def remove(
    folder: Path, away: str, *entries: str, refusals: int = 0, gone: bool = False
) -> subprocess.CompletedProcess[str]:
    """Takes the member 3 out."""
    (folder / "away").write_text(away)
    (folder / "asked").touch()
    if gone:
        (folder / "gone").touch()
    listed = "\n".join(entries)
    script = f"{VERBS.read_text()}\nremove_member https://10.0.0.1:2379 id3 host-3 <<<'{listed}'"
    programs = {"etcdctl": f"REFUSALS={refusals}\n{ETCDCTL}", "sleep": ""}
    return run_script(folder, script, programs=programs)


THREE = tuple(entry(number) for number in (1, 2, 3))
FIVE = (*THREE, entry(4), entry(5))


@pytest.mark.parametrize(
    ("away", "entries"),
    [
        ("", THREE),
        ("3", THREE),
        ("3", (*THREE, entry(4))),
        ("3 4", FIVE),
        ("4", (*THREE, entry(4))),
        ("4", (*THREE, entry(4, learner=True))),
        ("4", (*THREE, entry(4, state="unstarted", learner=True))),
    ],
)
def test_a_member_goes_if_a_majority_is_left(tmp_path: Path, away: str, entries: tuple[str, ...]) -> None:
    done = remove(tmp_path, away, *entries)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "oracle-1 thing: removed the member host-3 from the cluster"
    assert (tmp_path / "asked").read_text() == "id3\n"


@pytest.mark.parametrize(
    ("away", "entries", "left", "silent"),
    [
        ("2", THREE, "only 1 of 2", "host-2"),
        (
            "1 2",
            THREE,
            "only 0 of 2",
            "host-1 host-2",
        ),
        (
            "1 2",
            FIVE,
            "only 2 of 4",
            "host-1 host-2",
        ),
    ],
)
def test_a_member_stays_if_no_majority_would_be_left(
    tmp_path: Path, away: str, entries: tuple[str, ...], left: str, silent: str
) -> None:
    done = remove(tmp_path, away, *entries)
    assert done.returncode == 97
    assert done.stderr.splitlines()[-1] == (
        f"oracle-1 thing: can't remove the member host-3: {left} members would be left to decide,"
        f" and that is no majority. Start etcd on: {silent}"
    )
    assert (tmp_path / "asked").read_text() == ""


def test_what_etcd_refuses_for_some_seconds_is_tried_again(tmp_path: Path) -> None:
    done = remove(tmp_path, "", *THREE, refusals=1)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "asked").read_text() == "id3\nid3\n"


def test_a_removal_without_an_answer_that_took_place_counts_as_done(tmp_path: Path) -> None:
    assert remove(tmp_path, "", *THREE, refusals=1, gone=True).returncode == 0


@pytest.mark.parametrize(
    ("name", "address", "found"),
    [
        ("host-2", "10.0.0.9", "id2"),  # it has another address now
        ("host-9", "10.0.0.3", "id3"),  # a member of another name was there
        ("host-4", "10.0.0.4", "id4"),  # added, and not started
        ("host-9", "10.0.0.9", ""),
        ("host", "10.0.0", ""),
    ],
)
def test_a_member_is_known_by_its_name_or_by_its_address(tmp_path: Path, name: str, address: str, found: str) -> None:
    listed = "\n".join((*THREE, entry(4, state="unstarted", learner=True)))
    done = run_script(tmp_path, f"{VERBS.read_text()}\nentry {name} {address} <<<'{listed}'")
    assert done.stdout.partition(",")[0].strip() == found, done.stderr
