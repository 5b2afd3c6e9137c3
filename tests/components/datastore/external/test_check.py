"""The step around check.py: how it is told the login, and what it makes of its answer."""

from pathlib import Path

import pytest

from components.datastore.external.external import HERE
from tests.components.prelude import run_script

SCRIPT = "install_packages() { :; }\n" + (HERE / "check.sh").read_text()
ECHO = "import sys; print(sys.stdin.read(), *sys.argv[1:])"


def ran(tmp_path: Path, program: str) -> tuple[int, str]:
    values = {"DATASTORE": "MySQL at db.example:3306", "CLIENT": "python3-pymysql", "PROGRAM": program}
    done = run_script(tmp_path, SCRIPT, values, secrets={"TARGET": '{"password": "a b"}'})
    return done.returncode, done.stderr


def test_the_program_gets_the_login_on_its_input(tmp_path: Path) -> None:
    assert ran(tmp_path, ECHO) == (0, 'oracle-1 thing: {"password": "a b"} oracle-1 no\n')


def test_what_it_created_counts_as_a_change_and_nothing_as_none(tmp_path: Path) -> None:
    assert ran(tmp_path, "print('created the database')") == (0, "oracle-1 thing: created the database\n")
    assert ran(tmp_path, "pass") == (0, "oracle-1 thing: unchanged\n")


@pytest.mark.parametrize("program", ["print('more'); print('no TLS'); exit(1)", "raise SystemExit('no TLS')"])
def test_its_last_line_is_the_cause(tmp_path: Path, program: str) -> None:
    assert ran(tmp_path, program) == (97, "oracle-1 thing: no TLS\n")
