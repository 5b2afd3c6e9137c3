"""Runs a step's script in bash on this computer, with stand-ins for what it calls: the verbs without a host."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from components.rendering import render_secrets, verbs, words


def run_script(
    folder: Path,
    script: str,
    values: Mapping[str, str] | None = None,
    programs: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """What `script` does as the step `thing` on `oracle-1`. `programs`: shell scripts that are found first on PATH."""
    bin_folder = folder / "bin"
    bin_folder.mkdir(exist_ok=True)
    for name, body in (programs or {}).items():
        (bin_folder / name).write_text(f"#!/bin/bash\n{body}\n")
        (bin_folder / name).chmod(0o755)
    path = folder / "step.sh"
    path.write_text(verbs())
    environment = {"PATH": f"{bin_folder}:{os.environ['PATH']}", "TMPDIR": str(folder), "FOLDER": str(folder)}
    environment["MARKS_FOLDER"] = str(folder / "marks")
    command = ["bash", str(path), "oracle-1", "thing", str(path), *words(script, values or {}, secrets or {})]
    stdin = render_secrets(secrets or {})
    return subprocess.run(
        command, input=stdin, capture_output=True, text=True, timeout=20, env=environment, cwd=folder, check=False
    )
