"""Keys: the same inputs give the same program in every clone, and another input another one."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from lab.distribution.inputs import program_key, recipe_key
from lab.distribution.programs import Program
from lab.distribution.toolchain import Go

GO = Go("go1.26.8", "linux", "amd64")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A program of one Go file."""
    module = tmp_path / "module"
    module.mkdir()
    (module / "go.mod").write_text("module example.test/one\n")
    (module / "main.go").write_text("package main\n")
    return Program("one", "1.0", module, ".", variables={"main.version": "1.0"})


def test_another_place_gives_the_same_key(program: Program, tmp_path: Path) -> None:
    shutil.copytree(program.module, tmp_path / "clone")
    clone = dataclasses.replace(program, module=tmp_path / "clone")
    assert program_key(clone, GO) == program_key(program, GO)


@pytest.mark.parametrize(
    "change",
    [{"tags": ("seccomp",)}, {"variables": {"main.version": "1.1"}}, {"c_code": True}, {"version": "1.1"}],
    ids=["tags", "variables", "c_code", "version"],
)
def test_another_entry_gives_another_key(program: Program, change: dict[str, object]) -> None:
    assert program_key(dataclasses.replace(program, **change), GO) != program_key(program, GO)  # type: ignore[arg-type]


@pytest.mark.parametrize("go", [Go("go1.26.9", "linux", "amd64"), Go("go1.26.8", "linux", "arm64")])
def test_another_go_gives_another_key(program: Program, go: Go) -> None:
    assert program_key(program, go) != program_key(program, GO)


@pytest.mark.parametrize("name", ["main.go", "go.mod", "go.sum", "manifests/coredns.yaml"])
def test_a_changed_file_gives_another_key(program: Program, name: str) -> None:
    before = program_key(program, GO)
    (program.module / name).parent.mkdir(exist_ok=True)
    (program.module / name).write_text("changed\n")
    assert program_key(program, GO) != before


@pytest.mark.parametrize("name", ["main_test.go", "README.md"])
def test_tests_and_documentation_change_nothing(program: Program, name: str) -> None:
    before = program_key(program, GO)
    (program.module / name).write_text("changed\n")
    assert program_key(program, GO) == before


def test_a_changed_part_gives_another_key(program: Program) -> None:
    whole = dataclasses.replace(program, name="whole", parts=("one",))
    changed = dataclasses.replace(program, tags=("seccomp",))
    assert program_key(whole, GO, {"one": program}) != program_key(whole, GO, {"one": changed})


def test_a_recipe_is_its_parts_and_its_files(tmp_path: Path) -> None:
    file = tmp_path / "recipe.py"
    file.write_text("one")
    keys = {recipe_key(["a"], [file]), recipe_key(["b"], [file])}
    file.write_text("two")
    assert len(keys | {recipe_key(["a"], [file])}) == 3
