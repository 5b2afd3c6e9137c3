"""The pack in another folder, with somebody else's program: what its README says."""

import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pulumi
import pytest
from pulumi import automation

from policies.rules import ADVICE, RULES
from tests.policies.test_pack import lab_runner, path, stack_of
from tests.stack import ROOT

__all__ = ["path"]  # a fixture

POLICIES = ROOT / "policies"
IMPORTED = """
import sys
import policies.rules, pulumi_policy
files = {name.partition(".")[0]: getattr(module, "__file__", None) for name, module in [*sys.modules.items()]}
print(*(name for name, file in files.items() if "-packages" in str(file)))
"""


def pins(file: Path) -> dict[str, str]:
    """The packages that a file names, each with version and hashes."""
    return dict(re.findall(r"^([\w-]+)(==.*?)(?=^\S|\Z)", file.read_text(), re.MULTILINE | re.DOTALL))


def copied(folder: Path) -> Path:
    """The pack in a folder, as its README takes it there. Only the Python packages are those of this project."""
    for name in ("policies", "components"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder / "policies"


def test_the_readme_takes_what_is_copied() -> None:
    assert "git archive HEAD policies components |" in (POLICIES / "README.md").read_text()


def test_the_readme_has_every_rule() -> None:
    named = re.findall(r"^\| `([\w-]+)` \| (warns only)?", (POLICIES / "README.md").read_text(), re.MULTILINE)
    assert [name for name, warns in named if not warns] == [rule.name for rule in RULES]
    assert [name for name, warns in named if warns] == [rule.name for rule in ADVICE]


def test_it_imports_nothing_but_what_its_requirements_have(tmp_path: Path) -> None:
    copied(tmp_path)
    said = subprocess.run([sys.executable, "-c", IMPORTED], cwd=tmp_path, capture_output=True, text=True, check=True)
    owners = packages_distributions()
    found = {re.sub(r"[-_.]+", "-", one).lower() for name in said.stdout.split() for one in owners.get(name, ())}
    assert {"pulumi", "pulumi-policy", "pydantic"} <= found
    assert found <= pins(POLICIES / "requirements.txt").keys()


def test_its_requirements_are_those_of_the_project() -> None:
    assert pins(POLICIES / "requirements.txt").items() <= pins(ROOT / "requirements.txt").items()


def somebody_elses() -> None:
    """A site, a job that uses an exit node of somebody, and what belongs to them."""
    site = pulumi.ComponentResource("aws:s3/bucket:Bucket", "site", {"website": {"indexDocument": "index.html"}})
    login = {"host": "192.0.2.1", "hostKey": "ssh-ed25519 AAAA", "privateKey": pulumi.Output.secret("a-key")}
    containers = [{"name": "shop", "image": "docker.io/library/nginx:1.29", "env": [{"name": "A", "value": "b"}]}]
    pulumi.ComponentResource("random:index/randomPassword:RandomPassword", "admin", {"length": 20})
    pulumi.ComponentResource("command:remote:Command", "cron", {"create": "crontab -l", "connection": login})
    pulumi.ComponentResource("command:local:Command", "note", {"create": "echo 'no --exit-node=x here'"})
    pulumi.ComponentResource("kubernetes:core/v1:Pod", "shop", {"spec": {"containers": containers}})
    pulumi.ComponentResource("command:local:Command", "home", {"create": "tailscale up --exit-node=home"})
    pulumi.export("site", site.urn)


@pytest.mark.lab
@pytest.mark.parametrize("path", [lab_runner], indirect=True)
def test_it_refuses_an_exit_node_of_somebody_else_and_nothing_else(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", path)
    pack, levels = str(copied(tmp_path / "guardrails")), tmp_path / "levels.json"
    stack = stack_of(somebody_elses, path, tmp_path, "shop")
    with pytest.raises(automation.CommandError) as refused:
        stack.preview(policy_packs=[pack], color="never")
    rules = [rule.name for rule in (*RULES, *ADVICE) if rule.name in str(refused.value)]
    assert rules == ["no-node-uses-or-offers-an-exit-node"]
    assert "home: create has --exit-node home" in str(refused.value)
    assert "tailnet-k3s@v1.0.0" in str(refused.value)
    own = stack.workspace.env_vars
    stack.workspace.env_vars = {**own, "PULUMI_OPTION_POLICY_PACK": pack}
    with pytest.raises(automation.CommandError, match="home: create has --exit-node home"):
        stack.preview(color="never")
    stack.workspace.env_vars = own
    levels.write_text(json.dumps({rules[0]: "advisory"}))
    seen = stack.preview(policy_packs=[pack], policy_pack_configs=[str(levels)], color="never")
    assert "[advisory]" in seen.stdout
    assert seen.change_summary[automation.OpType.CREATE] == 7
