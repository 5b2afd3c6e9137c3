"""Stack files are in Pulumi's own style: what an owner sets is the only change in them, and comments stay."""

import difflib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from lab.distribution.build import build_programs
from lab.progress import Silence
from tests.stack import ROOT, STACKS

pytestmark = pytest.mark.lab

HOST_KEY = "ecdsa-sha2-nistp256 AAAAE2VjZHNh"


@pytest.fixture(scope="module", params=STACKS, ids=lambda file: file.stem)
def original(request: pytest.FixtureRequest) -> Path:
    """A stack's file of the project."""
    file: Path = request.param
    return file


@pytest.fixture(scope="module")
def file(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of it, of which `pulumi stack init` has made a stack."""
    folder = tmp_path_factory.mktemp("stack") / "project"
    folder.mkdir()
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    shutil.copy(original, folder / "Pulumi.mine.yaml")
    pulumi(folder, "stack", "init", "mine")
    return folder / "Pulumi.mine.yaml"


def pulumi(folder: Path, *words: str) -> None:
    """Pulumi's own command."""
    engine = build_programs(["pulumi"], Silence())["pulumi"]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder.parent),
        "PULUMI_HOME": str(folder.parent / "home"),
        "PULUMI_BACKEND_URL": folder.parent.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "of a test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    subprocess.run([engine, *words, "--non-interactive"], cwd=folder, env=environment, check=True, capture_output=True)


def changed(before: str, after: str) -> list[str]:
    """The lines of a diff that are not the same, each with its sign."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def test_a_new_stack_adds_only_what_encrypts_its_secrets(original: Path, file: Path) -> None:
    lines = changed(original.read_text(), file.read_text())
    assert len(lines) == 1, lines
    assert lines[0].startswith("+encryptionsalt: ")


def test_a_value_that_is_set_changes_its_own_line(file: Path) -> None:
    before = file.read_text()
    pulumi(file.parent, "config", "set", "oci:region", "eu-zurich-1")
    old, new = changed(before, file.read_text())
    assert (old.split()[0], new.split()[:2]) == ("-", ["+", "oci:region:"])


def test_a_host_key_is_added_beside_the_comment_that_asks_for_it(file: Path) -> None:
    before = file.read_text()
    pulumi(file.parent, "config", "set", "--path", "hosts.home-1.host_key", HOST_KEY)
    lines = changed(before, file.read_text())
    assert all(HOST_KEY in line or "home-1: {" in line for line in lines), lines


def test_a_secret_adds_its_own_lines_and_every_comment_stays(file: Path) -> None:
    before = file.read_text()
    pulumi(file.parent, "config", "set", "--secret", "--path", "logins.home-1.private_key", "hunter2")
    lines = changed(before, file.read_text())
    assert not [line for line in lines if line.startswith("-")], lines
    assert "hunter2" not in file.read_text()
