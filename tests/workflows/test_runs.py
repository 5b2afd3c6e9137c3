"""Each job's `run:` lines, carried out in their order in a fresh clone. Actions, GitHub and Pulumi are stood in for."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.stack import ROOT

EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
VALUES = {
    "github.event.pull_request.number": "7",
    "github.token": "a-token",
    "matrix.stack": "dev",
    "matrix.python": "3.11",
    "vars.PULUMI_STACKS || vars.PULUMI_STACK": "dev other",
}
"""What expressions give. All others are empty."""

LOG = 'printf "%s\\n" "$(basename "$0") $*" >>"$CALLS"\n'
PYTHON = f"""#!/bin/sh
{LOG}case $* in
  "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python && cp "$0" .venv/bin/pip ;;
  *"-m preview"*)
    while [ "$1" != --output ]; do shift; done
    printf "<!-- preview of dev -->\\n### Preview\\n" >"$2"
    exit "${{PREVIEW_STATUS:-0}}" ;;
esac
"""
GH = f"""#!/bin/sh
{LOG}case $* in
  *--jq*) printf "%s" "${{FOUND:-}}" ;;
  *body=@*) cat "${{7#body=@}}" >>"$CALLS" ;;
esac
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the files of this one, and a second commit that changes one stack."""
    folder = tmp_path_factory.mktemp("repository")
    for name in (".github", "bin"):
        shutil.copytree(ROOT / name, folder / name)
    for file in ROOT.glob("Pulumi*.yaml"):
        shutil.copy(file, folder)
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "first")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    commit(folder, "second")
    return folder


def git(folder: Path, *words: str) -> str:
    """A command of git, as nobody in particular."""
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def commit(folder: Path, subject: str) -> None:
    """Commits all of the folder."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", subject)


class Runner:
    """One job's machine."""

    def __init__(self, original: Path, folder: Path, values: Mapping[str, str]) -> None:
        self.clone, self._values = folder / "clone", {**VALUES, **values}
        git(folder, "clone", "-q", str(original), "clone")
        self._output, self.calls = folder / "output", folder / "calls"
        self._output.touch()
        self.calls.touch()
        bin_folder = folder / "bin"
        bin_folder.mkdir()
        stand_ins = {"python": PYTHON, "gh": GH, **dict.fromkeys(("make", "apt-get"), f"#!/bin/sh\n{LOG}")}
        for name, text in stand_ins.items():
            (bin_folder / name).write_text(text)
            (bin_folder / name).chmod(0o755)
        self._environment = {
            "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "CALLS": str(self.calls),
            "GITHUB_OUTPUT": str(self._output),
            "GITHUB_WORKSPACE": str(self.clone),
            "GITHUB_REPOSITORY": "owner/name",
        }

    def run(self, workflow: str, job: str, **environment: str) -> str:
        """Carries out a job. Returns what was called. Raises CalledProcessError for a step that fails."""
        document = yaml.safe_load((self.clone / ".github" / "workflows" / f"{workflow}.yml").read_text())
        described = document["jobs"][job]
        for step in self._steps(described["steps"]):
            env = {**described.get("env", {}), **step.get("env", {})}
            resolved = {name: self._resolved(str(value)) for name, value in env.items()}
            subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", self._resolved(step["run"])],
                cwd=self.clone,
                env={**self._environment, **resolved, **environment},
                check=True,
                capture_output=True,
                text=True,
            )
        return self.calls.read_text()

    def outputs(self) -> dict[str, str]:
        """What steps have given to others."""
        return dict(line.split("=", 1) for line in self._output.read_text().splitlines())

    def _steps(self, steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for step in steps:
            if "run" in step:
                yield step
            elif step["uses"].startswith("./"):
                action = yaml.safe_load((self.clone / step["uses"] / "action.yml").read_text())
                yield from self._steps(action["runs"]["steps"])

    def _resolved(self, text: str) -> str:
        return EXPRESSION.sub(lambda found: self._values.get(found[1], ""), text)


def runner(original: Path, folder: Path) -> Runner:
    """A machine for one job."""
    return Runner(original, folder, {})


@pytest.mark.parametrize(
    ("workflow", "base"), [("preview", "github.event.pull_request.base.sha"), ("up", "github.event.before")]
)
def test_only_touched_stacks_are_previewed_and_brought_up(
    original: Path, tmp_path: Path, workflow: str, base: str
) -> None:
    first = git(original, "rev-parse", "HEAD~1").strip()
    machine = Runner(original, tmp_path, {base: first})
    machine.run(workflow, "stacks")
    assert json.loads(machine.outputs()["stacks"]) == ["dev"]


@pytest.mark.parametrize("base", ["", "0" * 40])
def test_without_a_commit_to_compare_with_every_stack_is_touched(original: Path, tmp_path: Path, base: str) -> None:
    machine = Runner(original, tmp_path, {"github.event.before": base})
    machine.run("up", "stacks")
    assert json.loads(machine.outputs()["stacks"]) == ["dev", "other"]


def test_documentation_touches_no_stack_and_a_component_touches_all(original: Path, tmp_path: Path) -> None:
    machine = Runner(original, tmp_path, {})
    script = machine.clone / ".github" / "scripts" / "touched-stacks"
    for name, wanted in (("README.md", []), ("docs/a.md", []), ("components/a.py", ["dev", "other"])):
        (machine.clone / name).parent.mkdir(exist_ok=True)
        (machine.clone / name).write_text("changed")
        commit(machine.clone, "more")
        said = subprocess.run([script, "HEAD~1", "dev", "other"], cwd=machine.clone, capture_output=True, check=True)
        assert json.loads(said.stdout) == wanted, name


def test_a_preview_ends_in_a_file(original: Path, tmp_path: Path) -> None:
    machine = runner(original, tmp_path)
    assert "pip install --quiet --require-hashes -r requirements.txt" in machine.run("preview", "preview")
    assert (machine.clone / "preview.md").read_text().startswith("<!-- preview of dev -->")


def test_a_preview_that_is_refused_fails_the_job_and_leaves_the_file(original: Path, tmp_path: Path) -> None:
    machine = runner(original, tmp_path)
    with pytest.raises(subprocess.CalledProcessError):
        machine.run("preview", "preview", PREVIEW_STATUS="1")
    assert (machine.clone / "preview.md").exists()


@pytest.mark.parametrize(("found", "call"), [("", "POST repos/owner/name/issues/7/comments"), ("42", "PATCH repos")])
def test_one_comment_for_each_stack_is_written_and_then_edited(
    original: Path, tmp_path: Path, found: str, call: str
) -> None:
    machine = runner(original, tmp_path)
    for stack in ("dev", "other"):
        folder = machine.clone / "previews" / f"preview-{stack}"
        folder.mkdir(parents=True)
        (folder / "preview.md").write_text(f"<!-- preview of {stack} -->\n")
    called = machine.run("preview", "comment", FOUND=found)
    assert called.count(call) == 2
    if found:
        assert "issues/comments/42" in called


@pytest.mark.parametrize(
    ("status", "found", "call"),
    [
        ("2", "", "gh issue create --title Drift of the stack dev --body-file drift.md"),
        ("2", "5", "gh issue edit 5 --body-file drift.md"),
        ("1", "", "gh issue create"),
        ("0", "5", "gh issue close 5"),
    ],
)
def test_drift_opens_updates_or_closes_one_issue(
    original: Path, tmp_path: Path, status: str, found: str, call: str
) -> None:
    called = runner(original, tmp_path).run("drift", "drift", PREVIEW_STATUS=status, FOUND=found)
    assert call in called
    assert called.count("gh issue") == 1


def test_no_drift_and_no_issue_is_nothing_to_tell(original: Path, tmp_path: Path) -> None:
    assert "gh issue" not in runner(original, tmp_path).run("drift", "drift")


@pytest.mark.parametrize(("job", "last"), [("fast", "make unit"), ("lab", "make stacks")])
def test_the_checks_run_the_readmes_commands(original: Path, tmp_path: Path, job: str, last: str) -> None:
    called = runner(original, tmp_path).run("checks", job).splitlines()
    assert called[-1] == last


def test_up_prepares_what_pulumi_needs(original: Path, tmp_path: Path) -> None:
    assert "python -m venv .venv" in runner(original, tmp_path).run("up", "up")
