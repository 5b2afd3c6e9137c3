"""The seams: what belongs to a cloud, to the overlay or to a datastore stands in its folder, and nowhere else."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from components.overlay.registry import OVERLAY
from tests.stack import ROOT


@dataclass(frozen=True)
class Seam:
    """A folder below components/, its words as regular expressions, and who else may write them."""

    folder: str
    words: tuple[str, ...]
    others: tuple[str, ...] = ()
    """Files of other folders that may have these words."""


def number(text: object) -> str:
    """A number or an address that is no part of a longer one."""
    return rf"(?<![\w.]){re.escape(str(text))}(?![\w])"


SEAMS = (
    Seam(
        "overlay/tailscale",
        (
            "tailscale",
            "headscale",
            OVERLAY.interface,
            OVERLAY.unit.removesuffix(".service"),
            *(number(str(network.network_address).removesuffix(".0.0").rstrip(":")) for network in OVERLAY.networks),
            number(OVERLAY.port),
        ),
        ("components/overlay/registry.py", "components/artefacts.py"),
    ),
    Seam(
        "datastore/galera",
        (
            *("galera", "mariadb", "mysql", "wsrep", *map(number, (3306, 3307, 4444, 4567, 4568, 9200))),
            *("datastore-packages", "datastore-arbitrator", "datastore-writer", "datastore-databases"),
        ),
        (
            "components/datastore/registry.py",
            *(f"components/datastore/external/{name}.py" for name in ("check", "kind", "settings", "target")),
        ),
    ),
    Seam(
        "datastore/etcd",
        ("datastore-program", *map(number, (2379, 2380, 2381, 2382))),
        ("components/datastore/external/settings.py", "components/datastore/external/target.py"),
    ),
    Seam("clouds/oracle", ("pulumi_oci", number("169.254.169.254"), number("169.254.0.2")), ()),
    Seam("clouds/azure", ("pulumi_azure", "azure-native", number("168.63.129.16")), ()),
)


def files() -> Iterator[Path]:
    """All texts of the program: code, scripts, data. A page of documentation may name everything."""
    for folder in ("components", "policies"):
        for file in (ROOT / folder).rglob("*"):
            if file.is_file() and file.suffix != ".md" and "__pycache__" not in file.parts:
                yield file
    yield ROOT / "__main__.py"


def lines_with(seam: Seam, *, inside: bool) -> list[tuple[str, str, str]]:
    """File, line and text of each line with such a word."""
    word = re.compile("|".join(seam.words), re.IGNORECASE)
    folder = ROOT / "components" / seam.folder
    return [
        (str(file.relative_to(ROOT)), str(place), line.strip())
        for file in files()
        if (folder in file.parents) == inside
        for place, line in enumerate(file.read_text().splitlines(), 1)
        if word.search(line)
    ]


@pytest.mark.parametrize("seam", SEAMS, ids=lambda seam: seam.folder)
def test_no_other_folder_has_its_words(seam: Seam) -> None:
    # Both clouds have the address of user data.
    known = {f"components/{one.folder}/" for one in SEAMS if one.folder.partition("/")[0] == "clouds"}
    sisters = tuple(known) if seam.folder.startswith("clouds/") else ()
    found = [one for one in lines_with(seam, inside=False) if not one[0].startswith(sisters or ("\0",))]
    assert [":".join(one) for one in found if one[0] not in seam.others] == []
    assert {one[0] for one in found} == set(seam.others), "the list of other files is longer than needed"


@pytest.mark.parametrize("seam", SEAMS, ids=lambda seam: seam.folder)
def test_its_folder_has_each_of_them(seam: Seam) -> None:
    text = "\n".join(line for _, _, line in lines_with(seam, inside=True))
    assert [word for word in seam.words if not re.search(word, text, re.IGNORECASE)] == []
