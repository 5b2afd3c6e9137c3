"""What GitHub is asked to do: with actions that can't change under us, and with no more rights than it needs."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.stack import ROOT

FILES = [ROOT / ".github" / "workflows" / f"{name}.yml" for name in ("checks", "preview", "up", "drift")]
ACTIONS = [*FILES, ROOT / ".github" / "actions" / "prepare" / "action.yml"]


def workflow(name: str) -> dict[str, Any]:
    """A workflow; YAML takes its key `on` for true."""
    loaded: dict[Any, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text())
    return {"on" if key is True else key: value for key, value in loaded.items()}


@pytest.mark.parametrize("file", ACTIONS, ids=lambda file: file.name)
def test_actions_are_pinned_to_a_commit_and_say_which_version_it_is(file: Path) -> None:
    uses = [line.strip() for line in file.read_text().splitlines() if "uses:" in line]
    foreign = [line for line in uses if "uses: ./" not in line]
    assert foreign
    for line in foreign:
        assert re.search(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_one_action_has_one_commit() -> None:
    used = {match for file in ACTIONS for match in re.findall(r"uses: ([\w-]+/[\w-]+)@(\w+)", file.read_text())}
    assert len({name for name, _ in used}) == len(used)


def steps_with(name: str, action: str) -> list[dict[str, Any]]:
    """The steps of a workflow that use an action."""
    jobs = workflow(name)["jobs"].values()
    return [step for job in jobs for step in job["steps"] if step.get("uses", "").startswith(f"{action}@")]


@pytest.mark.parametrize("name", ["preview", "up", "drift"])
def test_pulumi_is_the_version_of_the_packages(name: str) -> None:
    pinned = re.search(r"^pulumi==([\d.]+)$", (ROOT / "requirements.in").read_text(), re.MULTILINE)
    assert pinned
    (step,) = steps_with(name, "pulumi/actions")
    assert step["with"]["pulumi-version"] == pinned[1]


def test_up_asks_the_policy_pack_and_shows_no_output() -> None:
    (step,) = steps_with("up", "pulumi/actions")
    assert step["with"]["policyPacks"] == "policies"
    assert step["with"]["suppress-outputs"] is True


def test_a_preview_keeps_secrets_from_forks() -> None:
    preview = workflow("preview")
    assert preview["on"] == "pull_request"  # pull_request_target would run a fork's program with secrets
    assert "head.repo.full_name == github.repository" in preview["jobs"]["stacks"]["if"]
    for name, job in preview["jobs"].items():
        assert name == "stacks" or "stacks" in job["needs"]


def test_the_program_of_a_pull_request_may_not_write_comments() -> None:
    jobs = workflow("preview")["jobs"]
    assert jobs["preview"]["permissions"] == {"contents": "read", "id-token": "write"}
    assert jobs["comment"]["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert "base.sha" in jobs["comment"]["steps"][0]["with"]["ref"]
    assert "env" not in jobs["comment"]  # and what writes them has no secret of the stack


def test_up_runs_on_main_and_every_week_and_is_never_stopped_halfway() -> None:
    up = workflow("up")
    assert up["on"]["push"] == {"branches": ["main"]}
    assert "github.ref == 'refs/heads/main'" in up["jobs"]["stacks"]["if"]
    assert up["jobs"]["up"]["environment"] == "production"
    for name, job in (("up", "up"), ("drift", "drift")):
        minute, hour, day, month, weekday = workflow(name)["on"]["schedule"][0]["cron"].split()
        assert (day, month) == ("*", "*")
        assert (minute + hour + weekday).isdigit()
        group = workflow(name)["jobs"][job]["concurrency"]
        assert group == {"group": "up-${{ matrix.stack }}", "cancel-in-progress": False}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_rights_are_named_and_time_is_limited(file: Path) -> None:
    described = workflow(file.stem)
    for job in described["jobs"].values():
        assert job.get("permissions", described["permissions"])["contents"] == "read"
        assert "timeout-minutes" in job


@pytest.mark.parametrize("job", ["fast", "lab"])
def test_a_job_that_runs_the_labs_command_may_install_packages(job: str) -> None:
    """bin/lab installs what is missing, and ends where it is not root, as on the runner itself."""
    described = workflow("checks")["jobs"][job]
    runs = [step["run"] for step in described["steps"] if "run" in step]
    assert any(run.startswith("make ") for run in runs)
    assert described["container"]


def test_pulumi_and_its_policy_pack_find_the_python_that_the_workflow_prepares() -> None:
    prepare = yaml.safe_load((ROOT / ".github" / "actions" / "prepare" / "action.yml").read_text())
    (made,) = [step["run"] for step in prepare["runs"]["steps"] if "venv" in step.get("run", "")]
    assert "python -m venv .venv" in made
    for folder, name in ((ROOT, "Pulumi.yaml"), (ROOT / "policies", "PulumiPolicy.yaml")):
        virtualenv = yaml.safe_load((folder / name).read_text())["runtime"]["options"]["virtualenv"]
        assert (folder / virtualenv).resolve() == (ROOT / ".venv").resolve()


def test_every_secret_and_variable_is_documented() -> None:
    page = (ROOT / "docs" / "own-clouds.md").read_text()
    for file in FILES:
        for name in re.findall(r"(?:secrets|vars)\.(\w+)", file.read_text()):
            assert f"`{name}`" in page, f"{name} of {file.name}"
