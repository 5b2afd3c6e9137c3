"""The policy pack under the real engine: a stack that would break the cluster is refused before anything is done.

Started by the lab's runner, and by a language host as owners have one. Neither is told where Python is.
"""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pulumi
import pytest
from pulumi import automation

from lab.distribution.build import build_programs
from lab.engine.plugins import POLICY_RUNNER, POLICY_RUNNER_SCRIPT
from lab.progress import Silence
from policies.program import enforce_rules
from tests.stack import ROOT

pytestmark = pytest.mark.lab

PACK = str(ROOT / "policies")
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def lab_runner(folder: Path) -> None:
    """What the lab has on its PATH: no language host."""
    shutil.copy(POLICY_RUNNER_SCRIPT, folder / POLICY_RUNNER)
    (folder / POLICY_RUNNER).chmod(0o755)


def language_host(folder: Path) -> None:
    """What an owner has."""
    host = folder / "pulumi-language-python"
    host.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).parent / "language_host.py"} "$@"\n')
    host.chmod(0o755)


@pytest.fixture(params=[lab_runner, language_host], ids=lambda way: way.__name__)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A PATH with the engine, and what starts policy packs for it. Its python3 has none of the project's packages."""
    folder = tmp_path / "bin"
    folder.mkdir()
    install: Callable[[Path], None] = request.param
    install(folder)
    engine = build_programs(["pulumi"], Silence())["pulumi"]
    return os.pathsep.join([str(folder), str(engine.parent), SYSTEM_PATH])


def new_stack(path: str, folder: Path, guard: Callable[[], None] | None = None) -> automation.Stack:
    """A new stack whose only resource runs `tailscale set --exit-node=home-1` on a host, or would."""

    def program() -> None:
        if guard:
            guard()
        command = {"stdin": pulumi.Output.secret("tailscale set --exit-node=home-1")}
        pulumi.ComponentResource("command:remote:Command", "join", command)

    return stack_of(program, path, folder)


def stack_of(program: Callable[[], None], path: str, folder: Path, project: str = "tailnet-k3s") -> automation.Stack:
    """A new stack of a program, with its state in a folder."""
    return automation.create_stack(
        "bad",
        project_name=project,
        program=program,
        opts=automation.LocalWorkspaceOptions(
            work_dir=str(folder),
            pulumi_home=str(folder / "home"),
            project_settings=automation.ProjectSettings(
                name=project, runtime="python", backend=automation.ProjectBackend(url=folder.as_uri())
            ),
            env_vars={
                "PATH": path,
                "PULUMI_CONFIG_PASSPHRASE": "of a test",
                "PULUMI_SKIP_UPDATE_CHECK": "true",
            },
        ),
    )


@pytest.fixture
def stack(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> automation.Stack:
    """The stack, with whatever starts its policy pack."""
    monkeypatch.setenv("PATH", path)
    return new_stack(path, tmp_path)


def test_a_bad_stack_is_refused_before_anything_is_done(stack: automation.Stack) -> None:
    with pytest.raises(automation.CommandError) as refused:
        stack.up(policy_packs=[PACK], color="never")
    assert "join: stdin has --exit-node home-1. An exit node takes pods' packets away" in str(refused.value)
    assert "[mandatory]" in str(refused.value)
    deployment = stack.export_stack().deployment or {}
    assert [resource["type"] for resource in deployment["resources"]] == ["pulumi:pulumi:Stack"]


def test_a_bad_stack_is_refused_in_a_preview(stack: automation.Stack) -> None:
    with pytest.raises(automation.CommandError, match="no-node-uses-or-offers-an-exit-node"):
        stack.preview(policy_packs=[PACK], color="never")


@pytest.mark.parametrize("path", [lab_runner], indirect=True)
def test_a_pack_without_its_virtualenv_is_not_started(stack: automation.Stack, tmp_path: Path) -> None:
    """As on an owner's computer, whose own python3 has no pulumi_policy."""
    shutil.copytree(PACK, tmp_path / "policies")
    (tmp_path / "policies" / "PulumiPolicy.yaml").write_text("runtime: python\n")
    with pytest.raises(automation.CommandError, match=r"policy pack .* failed to start"):
        stack.preview(policy_packs=[str(tmp_path / "policies")], color="never")


@pytest.mark.parametrize("path", [lab_runner], indirect=True)
def test_without_the_flag_the_program_itself_refuses(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", path)
    with pytest.raises(automation.CommandError) as refused:
        new_stack(path, tmp_path, enforce_rules).up(color="never")
    assert "join: stdin has --exit-node home-1. An exit node takes pods' packets away" in str(refused.value)
