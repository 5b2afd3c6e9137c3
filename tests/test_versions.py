"""docs/versions.md says of every pin where it was seen published, and of nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from components import artefacts
from lab.distribution.programs import PROGRAMS
from tests.stack import ROOT

Pin = tuple[str, str]
OF_THE_LAB = {"edge", "klipper-lb", "pause", "whoami"}
DISTRIBUTIONS = ("Debian 12", "Debian 13", "Ubuntu 22.04", "Ubuntu 24.04", "Ubuntu 26.04")


def _tables() -> dict[str, dict[Pin, str]]:
    """For each heading of the page: where each pin was seen."""
    page: dict[str, dict[Pin, str]] = {}
    for line in (ROOT / "docs" / "versions.md").read_text().splitlines():
        if line.startswith("## "):
            table = page.setdefault(line.removeprefix("## "), {})
        elif line.startswith("|") and not line.startswith(("|---", "| what", "| distribution")):
            what, version, seen = (cell.strip() for cell in line.strip("|").split("|"))
            assert (what, version) not in table, f"{what} has two lines"
            table[what, version] = seen
    return page


def _of_hosts() -> Iterator[Pin]:
    yield "Tailscale", artefacts.TAILSCALE_VERSION
    yield "k3s", artefacts.K3S_VERSION
    yield "etcd", artefacts.ETCD_VERSION
    for image in (artefacts.TRAEFIK_IMAGE, artefacts.MINIO_IMAGE, *artefacts.AZURE_IMAGES.values()):
        yield _image(image)
    for stack in ROOT.glob("Pulumi.*.yaml"):
        if stack.stem in {"Pulumi.lab", "Pulumi.dev", "Pulumi.machines"}:  # an owner's own file may name any
            yield from map(_image, re.findall(r"\bimage: \"?([\w./-]+:[\w.-]+)", stack.read_text()))


def _image(reference: str) -> Pin:
    name, _, tag = reference.rpartition(":")
    return name, tag


def _of_pulumi() -> Iterator[Pin]:
    yield from re.findall(r"^(pulumi\S*)==(\S+)$", (ROOT / "requirements.in").read_text(), re.MULTILINE)
    for file in _workflows():
        yield from (("pulumi", version) for version in re.findall(r"pulumi-version: (\S+)", file.read_text()))


def _of_workflows() -> Iterator[Pin]:
    for file in _workflows():
        text = file.read_text()
        yield from re.findall(r"uses: ([\w-]+/[\w-]+)@[0-9a-f]{40} # (v\S+)", text)
        yield from (("runner", label) for label in re.findall(r"runs-on: (\S+)", text))


def _workflows() -> list[Path]:
    return [*(ROOT / ".github").rglob("*.yml")]


def _of_the_lab() -> Iterator[Pin]:
    published = {
        "tailscaled",
        "k3s",
        "traefik",
        "pulumi",
        "etcd",
        "etcdctl",
        "etcdutl",
    }  # with the version of another table
    yield from ((name, one.version) for name, one in PROGRAMS.items() if name not in published | OF_THE_LAB)


PINS = {
    "What hosts download": _of_hosts,
    "Pulumi and its plugins": _of_pulumi,
    "Workflows": _of_workflows,
    "What the lab builds": _of_the_lab,
}


@pytest.mark.parametrize("table", PINS)
def test_every_pin_has_a_line_and_every_line_a_pin(table: str) -> None:
    assert set(_tables()[table]) == set(PINS[table]())


def test_every_line_says_where_it_was_seen() -> None:
    assert [pin for table in _tables().values() for pin, seen in table.items() if len(seen) < len("Go module")] == []


def test_mariadb_is_known_for_each_distribution_that_hosts_may_have() -> None:
    rows = _tables()["What hosts install from their distribution"]
    assert tuple(distribution for distribution, _ in rows) == DISTRIBUTIONS
    assert all(version in seen for (_, version), seen in rows.items())


def test_actions_are_pinned_by_commit_which_the_page_names() -> None:
    seen = _tables()["Workflows"]
    for file in _workflows():
        for name, commit, tag in re.findall(r"uses: ([\w-]+/[\w-]+)@(\S+) # (v\S+)", file.read_text()):
            assert commit[:8] in seen[name, tag], f"{file.name}: {name}"
