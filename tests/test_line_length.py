"""Lines of scripts have at most 120 characters. For Python, ruff checks the same."""

from pathlib import Path

import pytest

from tests.stack import ROOT

LIMIT = 120
FOLDERS = ("bench", "bin", "components", "lab", "policies", "preview", "tests", ".ci", ".github/scripts")
SCRIPTS = sorted(
    file
    for folder in FOLDERS
    for file in (ROOT / folder).rglob("*")
    if file.is_file() and (file.suffix == ".sh" or folder in ("bin", ".ci", ".github/scripts"))
)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_line_is_too_long(script: Path) -> None:
    lines = script.read_text().splitlines()
    assert [(number, len(line)) for number, line in enumerate(lines, 1) if len(line) > LIMIT] == []


def test_scripts_are_found() -> None:
    assert {"prelude.sh", "boot.sh", "preview", "touched-stacks"} <= {script.name for script in SCRIPTS}
