"""A step's mark, and what claims.py finds when the host is not as the step left it."""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from components import rendering
from components.look.gather import system as gather
from components.look.gather.system import MARKS, STACK
from components.look.look import claims_program
from tests.components.prelude import run_script

SYSTEMCTL = """case $1 in
  is-enabled) exit 0 ;;
  is-active) echo active ;;
  show) case $* in
    *Names,*)
      shift 3
      for unit; do
        read -r active file <"$FOLDER/$unit" || true
        printf 'Names=%s\\nActiveState=%s\\nUnitFileState=%s\\n' "$unit" "$active" "$file"
        cat "$FOLDER/properties" 2>/dev/null || true
        echo
      done
      ;;
    *) echo no ;;
  esac ;;
esac"""
BUSCTL = """case $1 in call) echo 'o "/x"' ;; *) echo 't 9999999999999999' ;; esac"""
DPKG_QUERY = """shift 2
case $1 in
  *Package*) shift; for name; do [ -e "$FOLDER/no-$name" ] || echo "$name installed"; done ;;
  *) echo installed ;;
esac"""
PROGRAMS = {"systemctl": SYSTEMCTL, "busctl": BUSCTL, "dpkg-query": DPKG_QUERY}
SCRIPT = """
write_file "$FOLDER/thing.conf" 0600 root <<<"$SETTING"
run_service thing.service "$FOLDER/thing.conf"
install_packages things
is_warm() { [ -e "$PLACE/warm" ] || { echo "it is cold"; return 1; }; }
holds "it is warm" is_warm PLACE
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "thing.service").write_text("active enabled")
    (tmp_path / "warm").touch()
    run_step(tmp_path)
    return tmp_path


def run_step(folder: Path, script: str = SCRIPT, setting: str = "a=1") -> int:
    programs = {"flock": "exit 0", **PROGRAMS, "dpkg-query": DPKG_QUERY.replace("shift 2", "shift")}
    return run_script(folder, script, {"SETTING": setting, "PLACE": str(folder)}, programs).returncode


def report(folder: Path, program: str) -> dict[str, list[str]]:
    """What the program finds, by step."""
    environment = {
        "PATH": f"{folder / 'bin'}:/usr/bin:/bin",
        "MARKS_FOLDER": str(folder / "marks"),
        "FOLDER": str(folder),
    }
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    return {step: found["differs"] for step, found in json.loads(ran.stdout).items()}


def differs(folder: Path) -> list[str]:
    """Of the step `thing`."""
    return report(folder, claims_program())["thing"]


def test_a_host_that_is_as_it_was_left_has_no_difference(folder: Path) -> None:
    assert differs(folder) == []


def test_the_gathered_facts_name_the_marks_that_steps_leave(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By them the findings tell what is the program's own, also when a cleanup has failed half-way."""
    monkeypatch.setattr(gather, "MARKS", str(folder / "marks"))
    assert gather.marks() == {"thing": "done"}
    assert run_step(folder, 'fail "no"') != 0
    assert gather.marks() == {"thing": "begun"}
    assert (rendering.MARKS_FOLDER, rendering.STACK_FILE) == (MARKS, STACK)


@pytest.mark.parametrize("between", ["\t", "\n", "\r", "\f"])
def test_words_with_a_tab_or_a_newline_break_no_mark(folder: Path, between: str) -> None:
    script = 'is_so() { [ ! -e "$PLACE/off" ]; }\nholds "$SETTING" is_so PLACE\nclaim file "$PLACE/$SETTING"'
    assert run_step(folder, f'{script}\ndisclaim file "$PLACE/$SETTING"', f"of{between}words") == 0
    assert differs(folder) == []
    (folder / "off").touch()
    assert differs(folder) == ["of words"]


def test_each_change_is_named(folder: Path) -> None:
    conf = folder / "thing.conf"
    conf.write_text("a=2")
    assert differs(folder) == [f"{conf} was changed"]
    conf.write_text("a=1\n")
    conf.chmod(0o644)
    assert differs(folder) == [f"{conf} has another owner or other rights"]
    conf.unlink()
    (folder / "no-things").touch()
    (folder / "warm").unlink()
    assert sorted(differs(folder)) == [f"{conf} is missing", "it is cold", "the package things is not installed"]


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ("inactive enabled", "thing.service is stopped"),
        ("failed enabled", "thing.service is stopped"),
        ("activating enabled", "thing.service does not run: it is activating"),
        ("active disabled", "thing.service does not start with the host: it is disabled"),
        ("inactive", "thing.service is missing"),
    ],
)
def test_a_service_that_does_not_run_is_named(folder: Path, states: str, words: str) -> None:
    (folder / "thing.service").write_text(states)
    assert differs(folder) == [words]


def test_a_unit_that_is_enabled_until_the_next_boot_does_not_start_with_the_host(folder: Path) -> None:
    (folder / "thing.service").write_text("active enabled-runtime")
    assert differs(folder) == ["thing.service does not start with the host: it is enabled-runtime"]


def properties(folder: Path, start: float, **more: str) -> None:
    began = datetime.fromtimestamp(start, UTC)
    lines = {"ExecMainStartTimestamp": f"{began:%a %Y-%m-%d %H:%M:%S} UTC", **more}
    (folder / "properties").write_text("".join(f"{name}={value}\n" for name, value in lines.items()))


def test_a_service_that_runs_with_what_a_file_had_before_is_named(folder: Path) -> None:
    """Somebody has changed the file, and changed it back: only the time tells."""
    conf = folder / "thing.conf"
    properties(folder, time.time() + 2)
    assert differs(folder) == []
    properties(folder, time.time() - 60)
    assert differs(folder) == [f"thing.service was not restarted after a change of {conf}"]
    conf.write_text("a=2\n")
    assert differs(folder) == [f"{conf} was changed"], "one change is told once"


def test_a_unit_file_that_systemd_has_not_read_is_named(folder: Path) -> None:
    properties(folder, time.time() + 2, NeedDaemonReload="yes", FragmentPath="/etc/systemd/system/thing.service")
    assert differs(folder) == ["thing.service runs with an older unit file: systemd has not read the new one"]
    conf = folder / "thing.conf"
    conf.unlink()
    properties(folder, time.time() + 2, NeedDaemonReload="yes", FragmentPath=str(conf))
    assert differs(folder) == [f"{conf} is missing"]


def test_a_condition_that_hangs_is_ended_with_all_that_it_started(folder: Path) -> None:
    claims = claims_program().replace("HOLDS_SECONDS = 12", "HOLDS_SECONDS = 1")
    run_step(folder, 'hangs() { [ ! -e "$PLACE/hang" ] || sleep 20; }\nholds "it hangs" hangs PLACE')
    (folder / "hang").touch()
    started = time.monotonic()
    assert report(folder, claims)["thing"] == ["it hangs: no answer within 1 s"]
    assert time.monotonic() - started < 15


def test_a_link_in_the_place_of_a_file_is_named(folder: Path) -> None:
    conf = folder / "thing.conf"
    conf.rename(folder / "elsewhere")
    conf.symlink_to(folder / "elsewhere")
    assert differs(folder) == [f"{conf} is a link now"]


@pytest.mark.parametrize("text", ["", "no mark", "a done\nfile"])
def test_a_mark_that_can_not_be_read_is_that_of_a_step_to_run_again(folder: Path, text: str) -> None:
    (folder / "marks/thing").write_text(text)
    assert differs(folder) == ["was not finished"]


def test_a_step_that_failed_is_not_done(folder: Path) -> None:
    assert run_step(folder, 'fail "no"') != 0
    assert differs(folder) == ["was not finished"]
    assert run_step(folder) == 0
    assert differs(folder) == []


def test_what_a_step_removes_again_is_not_missed(folder: Path) -> None:
    run_step(folder, f'{SCRIPT}remove_file "$FOLDER/thing.conf"\nstop_service thing.service\n')
    (folder / "thing.service").write_text("inactive")
    assert differs(folder) == []


def test_a_farewell_takes_the_marks_away(folder: Path) -> None:
    assert run_script(folder, "say bye", {"UNDOES": "thing other"}).returncode == 0
    assert not (folder / "marks").exists()


def test_a_large_file_is_told_by_size_and_time(folder: Path) -> None:
    large = folder / "large"
    run_step(
        folder, 'head -c 2000000 /dev/zero >"$FOLDER/zeros"; write_file "$FOLDER/large" 0644 root <"$FOLDER/zeros"'
    )
    assert differs(folder) == []
    with large.open("ab") as file:
        file.write(b"x")
    assert differs(folder) == [f"{large} was changed"]


def test_a_file_of_two_steps_belongs_to_the_later_one(folder: Path) -> None:
    mark = folder / "marks/thing"
    (folder / "marks/earlier").write_text(mark.read_text())
    run_step(folder, setting="a=3")
    assert differs(folder) == []
    assert report(folder, claims_program())["earlier"] == []


def test_a_mark_that_is_left_over_takes_no_claim(folder: Path) -> None:
    """For example a copy of a mark, or one of a step that the stack no longer has."""
    mark = folder / "marks/thing"
    time.sleep(0.01)
    (folder / "marks/thing.bak").write_text(mark.read_text())
    (folder / "thing.conf").write_text("a=2")
    assert report(folder, claims_program(["thing"])) == {"thing": [f"{folder / 'thing.conf'} was changed"]}
