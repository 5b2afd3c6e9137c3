"""The script as a whole: one text that runs on any host, and prints what facts.py expects."""

import ast
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from components.datastore.registry import DATASTORES
from components.look.facts import Facts
from components.look.gather import reading
from components.look.gather.main import main
from components.look.gather.reading import run
from components.look.gatherer import FACTS, gather_script
from tests.look.files import BASE

OLDEST = (3, 9)


def script() -> ast.Module:
    return ast.parse(gather_script(), feature_version=OLDEST)


def test_it_uses_the_standard_library_alone() -> None:
    imports = [node for node in ast.walk(script()) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {(getattr(node, "module", None) or node.names[0].name).partition(".")[0] for node in imports}
    assert names
    assert names - sys.stdlib_module_names == set()


def test_its_parts_give_no_name_twice() -> None:
    kinds = (ast.FunctionDef, ast.ClassDef)
    names = [node.name for node in script().body if isinstance(node, kinds)]
    values = [target.id for node in script().body if isinstance(node, ast.Assign) for target in node.targets
              if isinstance(target, ast.Name)]  # fmt: skip
    assert [name for name, count in Counter(names + values).items() if count > 1] == []


def test_each_fact_has_a_function() -> None:
    functions = {node.name for node in script().body if isinstance(node, ast.FunctionDef)}
    assert set(FACTS) - functions == set()
    assert set(FACTS) == Facts.model_fields.keys() - {"asked", "unread"}


def test_each_datastore_has_its_part_and_its_folder() -> None:
    answer = subprocess.run([sys.executable, "-"], input=gather_script(), capture_output=True, text=True, check=True)
    facts = Facts.model_validate_json(answer.stdout)
    assert (facts.datastores or {}).keys() == {name for name, kind in DATASTORES.items() if kind.look.gather}
    folders = {kind.look.folder.path for kind in DATASTORES.values() if kind.look.folder}
    assert folders
    assert folders <= {disk.path for disk in facts.disks or ()}


def test_what_it_prints_on_this_computer_are_facts(tmp_path: Path) -> None:
    """Also where a module of somebody's lies around: it would run as root."""
    (tmp_path / "json.py").write_text("raise SystemExit('not this one')")
    command = [sys.executable, "-"]
    ran = subprocess.run(command, input=gather_script(), capture_output=True, text=True, cwd=tmp_path, check=True)
    assert ran.stderr == ""
    facts = Facts.model_validate_json(ran.stdout)
    assert facts.kernel
    assert facts.memory_mb
    assert facts.clock
    assert facts.disks
    assert facts.disks[0].path == "/"


def test_what_goes_wrong_is_null_and_has_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> float:
        return 1 / 0

    def fine() -> int:
        return 1

    def slow() -> None:
        run("sleep", "5")
        run("no-such-program", may_be_missing=True)
        run("false", may_fail=True)

    def missing() -> list[str]:
        run("no-such-program")
        run("ls", "/no-such-file")
        return []

    reading.SECONDS = 1
    try:
        main(broken, fine, slow, missing)
    finally:
        reading.SECONDS = 5
    found = json.loads(capsys.readouterr().out)
    unread = found.pop("unread")
    assert found == {"broken": None, "fine": 1, "slow": None, "missing": []}
    assert unread == {
        "broken": "of an error (ZeroDivisionError: division by zero)",
        "slow": "sleep gave no answer within 1 s",
        "missing": "no-such-program is not installed; ls failed (ls: cannot access '/no-such-file': No such file or"
        " directory)",
    }


@pytest.mark.parametrize(
    "change", [{"memory_mb": "8000"}, {"swap_mb": 1}, {"cgroup": {"version": 3, "controllers": []}}]
)
def test_another_shape_is_an_error(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        Facts.model_validate_json(json.dumps({**BASE, **change}))
