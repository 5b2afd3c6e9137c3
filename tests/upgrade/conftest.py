"""A clone of the repository at an older commit, with a lab that this commit brought up."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.lab import REPOSITORY
from tests.end_to_end.running import UP_SECONDS, RunningLab

BEFORE_THE_SEAMS = "6886e0f"
"""The last commit whose stacks had neither seams nor steps that share their verbs. Owners may have such a stack."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the lab."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.lab)


@dataclass(frozen=True)
class Clone:
    """An owner's clone of the repository."""

    folder: Path

    def check_out(self, commit: str) -> None:
        """Put the files of a commit there. The Python packages come from this repository if they are the same."""
        git(self.folder, "checkout", "--quiet", "--force", commit)
        packages, own = REPOSITORY / ".venv", self.folder / ".venv"
        same = (self.folder / "requirements.txt").read_bytes() == (REPOSITORY / "requirements.txt").read_bytes()
        if own.is_symlink():
            own.unlink()
        if same and not own.exists():
            own.symlink_to(packages)


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder; gives what it printed."""
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone at the older commit."""
    folder = tmp_path_factory.mktemp("owner") / "tailnet-k3s"
    git(REPOSITORY, "clone", "--quiet", "--shared", "--no-checkout", str(REPOSITORY), str(folder))
    found = Clone(folder)
    found.check_out(BEFORE_THE_SEAMS)
    return found


@pytest.fixture(scope="session")
def lab(clone: Clone) -> Iterator[RunningLab]:
    """A lab that the older commit brought up. The owner keeps the settings of that time."""
    settings = clone.folder.parent / "Pulumi.lab.yaml"
    settings.write_text((clone.folder / "Pulumi.lab.yaml").read_text())
    running = RunningLab("upgrade", settings, clone=clone.folder)
    try:
        running.must("up", seconds=UP_SECONDS)
        yield running
    finally:
        running.must("down")
