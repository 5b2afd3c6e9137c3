"""A machine that leaves by the tailnet: it does so by itself, once the program has removed everything else."""

import time
from pathlib import Path

from components.clouds.existing.host import HERE
from tests.components.prelude import run_script

# As systemd-run does, it starts the command beside the step; of its options only the names are known here.
SYSTEMD_RUN = """while [ "$1" != bash ]; do echo "$1" >>"$FOLDER/options"; shift; done
setsid "$@" >"$FOLDER/journal" 2>&1 </dev/null &"""
LEAVE = 'say "bye, $USER of $THING"\nremove_file "$FOLDER/thing.conf"\n'


def test_it_waits_until_the_verbs_are_gone_and_then_runs_the_script_with_its_values(tmp_path: Path) -> None:
    (tmp_path / "verbs").mkdir()
    (tmp_path / "thing.conf").touch()
    values = {
        "LEAVE": LEAVE,
        "NAMES": "THING USER",
        "USER": "operator",
        "THING": "two words",
        "VERBS": str(tmp_path / "verbs"),
        "COPY": str(tmp_path / "copy.sh"),
        "UNDOES": "home-enrol",
    }
    programs = {"systemd-run": SYSTEMD_RUN, "systemctl": "exit 1"}
    ran = run_script(tmp_path, (HERE / "leave_later.sh").read_text(), values, programs)
    assert ran.returncode == 0, ran.stderr
    assert "--unit=tailnet-k3s-leave" in (tmp_path / "options").read_text()
    (tmp_path / "step.sh").unlink()  # the verbs are removed by a step of their own, and soon
    time.sleep(1)
    assert (tmp_path / "thing.conf").exists()
    (tmp_path / "verbs").rmdir()
    end = time.monotonic() + 15
    while (tmp_path / "copy.sh").exists() and time.monotonic() < end:
        time.sleep(0.2)
    journal = (tmp_path / "journal").read_text()
    assert "oracle-1 thing: bye, operator of two words" in journal, journal
    assert not (tmp_path / "thing.conf").exists()
    assert not (tmp_path / "copy.sh").exists()
