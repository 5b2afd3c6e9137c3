"""The policy pack under the real engine: a stack that would break the cluster is refused before anything is done."""

import os
import sys
from pathlib import Path

import pulumi
import pytest
from pulumi import automation

from lab.distribution.build import build_programs
from lab.progress import Silence
from tests.stack import ROOT

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH with the engine, and what runs policy packs for it."""
    folder = tmp_path_factory.mktemp("bin")
    runner = folder / "pulumi-analyzer-policy-python"
    runner.write_text(f'#!/bin/sh\nexec {sys.executable} -u -m pulumi.policy "$@"\n')
    runner.chmod(0o755)
    engine = build_programs(["pulumi"], Silence())["pulumi"]
    return os.pathsep.join([str(folder), str(engine.parent), os.environ["PATH"]])


@pytest.fixture
def stack(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> automation.Stack:
    """A new stack whose only resource runs `tailscale set --exit-node=home-1` on a host, or would."""
    monkeypatch.setenv("PATH", path)

    def program() -> None:
        command = {"create": pulumi.Output.secret("tailscale set --exit-node=home-1")}
        pulumi.ComponentResource("command:remote:Command", "join", command)

    return automation.create_stack(
        "bad",
        project_name="tailnet-k3s",
        program=program,
        opts=automation.LocalWorkspaceOptions(
            work_dir=str(tmp_path),
            pulumi_home=str(tmp_path / "home"),
            project_settings=automation.ProjectSettings(
                name="tailnet-k3s", runtime="python", backend=automation.ProjectBackend(url=tmp_path.as_uri())
            ),
            env_vars={"PULUMI_CONFIG_PASSPHRASE": "of a test", "PULUMI_SKIP_UPDATE_CHECK": "true"},
        ),
    )


def test_a_bad_stack_is_refused_before_anything_is_done(stack: automation.Stack) -> None:
    with pytest.raises(automation.CommandError) as refused:
        stack.up(policy_packs=[str(ROOT / "policies")], color="never")
    assert "join: create has --exit-node home-1. An exit node takes pods' packets away" in str(refused.value)
    assert "[mandatory]" in str(refused.value)
    deployment = stack.export_stack().deployment or {}
    assert [resource["type"] for resource in deployment["resources"]] == ["pulumi:pulumi:Stack"]


def test_a_bad_stack_is_refused_in_a_preview(stack: automation.Stack) -> None:
    with pytest.raises(automation.CommandError, match="no-node-uses-or-offers-an-exit-node"):
        stack.preview(policy_packs=[str(ROOT / "policies")], color="never")
