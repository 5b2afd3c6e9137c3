"""The seam of the overlay: its names and numbers stand in its folder, and nowhere else in the program."""

import re
from collections.abc import Iterator
from pathlib import Path

from components.overlay.registry import OVERLAY
from tests.stack import ROOT

FOLDER = ROOT / "components" / "overlay" / "tailscale"
WORDS = (
    OVERLAY.interface,
    OVERLAY.unit.removesuffix(".service"),
    *(str(network.network_address).rstrip(":0").rstrip(".") for network in OVERLAY.networks),
    str(OVERLAY.port),
)


def files() -> Iterator[Path]:
    """All texts of the program: code, scripts, data."""
    for folder in ("components", "policies"):
        for file in (ROOT / folder).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file
    yield ROOT / "__main__.py"


def test_no_other_folder_names_the_interface_the_unit_the_ranges_or_the_port() -> None:
    word = re.compile("|".join(rf"(?<![\w.]){re.escape(one)}" for one in WORDS))
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in files()
        if FOLDER not in file.parents
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if word.search(line)
    ]
    assert not found


def test_its_folder_names_each_of_them() -> None:
    text = "".join(file.read_text() for file in files() if FOLDER in file.parents)
    assert [one for one in WORDS if one not in text] == []


def test_the_policy_pack_names_no_overlay() -> None:
    """Its rule on exit nodes asks the registry."""
    name = FOLDER.name
    assert [file.name for file in (ROOT / "policies").rglob("*.py") if name in file.read_text().lower()] == []
