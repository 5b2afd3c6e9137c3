"""Files that an owner adds beside the project's own are no matter of the project's tests."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.stack import ROOT

# As `pulumi stack init` writes it, with a setting that the program would refuse until more are there.
STACK = "encryptionsalt: v1:abc=:v1:def:ghi=\nconfig:\n  tailnet-k3s:edge: {domain: example.com}\n"
WORKFLOW = "on: push\njobs:\n  own:\n    runs-on: ubuntu-latest\n    steps: [{uses: owner/action@v1}]\n"


def test_an_owners_stack_and_workflow_change_no_test(tmp_path: Path) -> None:
    for name in ("components", "policies", "preview", "tests", ".github", "docs", "bin"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "Pulumi.yaml", "Pulumi.lab.yaml", "Pulumi.dev.yaml", "requirements.in"):
        shutil.copy(ROOT / file, tmp_path)
    (tmp_path / "lab").symlink_to(ROOT / "lab")
    (tmp_path / "settings.schema.json").symlink_to(ROOT / "settings.schema.json")
    (tmp_path / "Pulumi.mine.yaml").write_text(STACK)
    (tmp_path / ".github" / "workflows" / "own.yml").write_text(WORKFLOW)
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-m", "not lab", "-k", "stack_files or workflow"]
    run = subprocess.run(
        [*command, "tests/settings/test_schema.py", "tests/settings/test_settings.py", "tests/workflows"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
