"""The table of programs: its order, its pins, and its agreement with what the program downloads."""

import re

import pytest

from components.artefacts import K3S_VERSION, TAILSCALE_VERSION, TRAEFIK_VERSION
from lab.distribution.programs import (
    GROUPS,
    K3S_PARTS,
    MINIO_COMMIT,
    MINIO_RELEASE,
    PROGRAMS,
    Program,
    with_parts,
)

PINNED = [
    program
    for program in PROGRAMS.values()
    if not program.package.startswith(".") and program.name not in {"minio", "mc"}  # their modules have dates
]


def test_what_hosts_need_to_come_up_is_built_before_k3s() -> None:
    order = list(PROGRAMS)
    first = [*GROUPS["engine"], *GROUPS["tailnet"]]
    assert order[: len(first)] == first


def test_parts_are_built_before_what_carries_them() -> None:
    order = list(PROGRAMS)
    for program in PROGRAMS.values():
        assert all(order.index(part) < order.index(program.name) for part in program.parts), program.name


def test_k3s_carries_what_its_module_asks_for() -> None:
    text = (PROGRAMS["k3s"].module / "bundle" / "format.go").read_text()
    required = re.search(r"var required = \[\]string\{(.*?)\}", text, re.DOTALL)
    assert required is not None
    assert sorted(re.findall(r'"(.+?)"', required[1])) == sorted(
        part.removeprefix("cni-") for part in PROGRAMS["k3s"].parts
    )


def test_parts_come_with_what_carries_them_each_once_and_in_order() -> None:
    names = [program.name for program in with_parts(["k3s", "pulumi", "runc"])]
    assert names == ["pulumi", *(part.name for part in K3S_PARTS), "k3s"]


def test_every_group_names_programs_of_the_table() -> None:
    assert {name for names in GROUPS.values() for name in names} <= set(PROGRAMS)


def test_an_unknown_program_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no program 'k4s'"):
        with_parts(["k4s"])


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=list(PROGRAMS))
def test_every_module_is_pinned(program: Program) -> None:
    text = (program.module / "go.mod").read_text()
    assert re.match(r"module tailnet-k3s\b", text)
    assert "require" not in text or (program.module / "go.sum").stat().st_size > 0


@pytest.mark.parametrize("program", PINNED, ids=[program.name for program in PINNED])
def test_the_table_says_the_version_that_go_mod_pins(program: Program) -> None:
    pins = re.findall(r"^\s*(?:require )?(\S+) v(\S+)", (program.module / "go.mod").read_text(), re.MULTILINE)
    owners = {path: version for path, version in pins if f"{program.package}/".startswith(f"{path}/")}
    assert owners, f"no module of go.mod has {program.package}"
    assert owners[max(owners, key=len)] == program.version.removeprefix("v")


def test_the_lab_offers_what_hosts_download() -> None:
    offered = {name: PROGRAMS[name].version for name in ("tailscaled", "k3s", "traefik")}
    assert offered == {"tailscaled": TAILSCALE_VERSION, "k3s": K3S_VERSION, "traefik": TRAEFIK_VERSION}


def test_storage_is_built_from_the_commit_that_its_version_names() -> None:
    pin = re.search(r"github.com/minio/minio v0\.0\.0-(\d+)-(\w+)", (PROGRAMS["minio"].module / "go.mod").read_text())
    assert pin is not None
    assert pin[1] == re.sub(r"\D", "", MINIO_RELEASE)
    assert pin[2] == MINIO_COMMIT


def test_what_runs_in_the_cluster_is_built_last() -> None:
    assert list(PROGRAMS)[-3:] == [*GROUPS["ingress"], *GROUPS["storage"]]
