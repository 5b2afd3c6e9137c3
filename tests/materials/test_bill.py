"""The bill of materials has every pin, once, and says where each comes from."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from components import artefacts
from materials.bill import bill, config_of
from tests.stack import ROOT

REQUIREMENTS = (ROOT / "requirements.txt").read_text()
ETCD = f"pkg:github/etcd-io/etcd@v{artefacts.ETCD_VERSION}"
WHOAMI = "pkg:docker/traefik/whoami@v1.11"
KEYS = {"type", "name", "bom-ref", "version", "purl", "externalReferences"}


def components(stack: str | None = None) -> dict[str, Any]:
    """The bill's parts by their name, of a stack or of the program."""
    config = config_of(ROOT / stack) if stack else None
    return {one["bom-ref"]: one for one in bill(REQUIREMENTS, ROOT / "components", config)["components"]}


def test_it_has_every_python_package_with_its_hashes() -> None:
    found = {ref: one for ref, one in components().items() if ref.startswith("pkg:pypi/")}
    assert len(found) == len(re.findall(r"^\S+==", REQUIREMENTS, re.MULTILINE)) > 80
    hashes = [text for one in found.values() for link in one["externalReferences"] for text in link["hashes"]]
    assert len(hashes) == REQUIREMENTS.count("--hash=sha256:")


def test_it_has_every_checksum_that_hosts_compare() -> None:
    links = [link for one in components().values() for link in one.get("externalReferences", ())]
    found = {one["content"] for link in links for one in link.get("hashes", ())}
    ours = {sum_ for name, sum_ in artefacts.CHECKSUMS.items() if not name.endswith(".yml")}
    assert ours <= found


@pytest.mark.parametrize(
    ("stack", "has", "lacks"),
    [
        (None, [ETCD, "package of the host: haproxy"], [WHOAMI]),
        ("Pulumi.lab.yaml", [WHOAMI], [ETCD]),
        ("tests/end_to_end/stacks/Pulumi.etcd.yaml", [ETCD], ["pkg:docker/coollabsio/minio"]),
    ],
    ids=["program", "lab", "etcd"],
)
def test_it_has_what_the_stack_has(stack: str | None, has: list[str], lacks: list[str]) -> None:
    found = components(stack)
    assert [one for one in has if one not in found] == []
    assert [ref for ref in found for one in lacks if ref.startswith(one)] == []


def test_a_setting_takes_the_place_of_a_default(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.mine.yaml"
    file.write_text(
        """config:
  tailnet-k3s:hosts: {a: {cloud: existing, roles: [server, database, storage], address: 192.0.2.1}}
  tailnet-k3s:k3s: {version: v1.35.9+k3s1}
  tailnet-k3s:storage: {image: "registry.example:5000/minio:1"}
  tailnet-k3s:apps:
    shop: {image: "docker.io/library/shop@sha256:DIGEST", host: shop.example.org, secrets: {TOKEN: {secure: AAABAAA}}}
""".replace("DIGEST", "a" * 64)
    )
    refs = {one["bom-ref"] for one in bill("", ROOT / "components", config_of(file))["components"]}
    assert {
        "pkg:github/k3s-io/k3s@v1.35.9%2Bk3s1",
        "pkg:docker/minio@1?repository_url=registry.example%3A5000",
        f"pkg:docker/library/shop@sha256%3A{'a' * 64}",
    } <= refs
    assert not any("traefik" in ref for ref in refs)


def test_every_part_has_what_the_format_asks_for() -> None:
    """All bills were valid by the strict schema of CycloneDX 1.6. This keeps the shape that they had."""
    for one in components("Pulumi.lab.yaml").values():
        assert KEYS >= one.keys() >= {"type", "name", "bom-ref"}
        assert one["type"] in ("application", "container", "library")
        for link in one.get("externalReferences", ()):
            assert link.keys() <= {"type", "url", "hashes"}
            assert all(re.fullmatch("[0-9a-f]{64}", text["content"]) for text in link.get("hashes", ()))


def test_the_command_prints_the_same_each_time() -> None:
    def printed(*arguments: str) -> str:
        command = [sys.executable, "-m", "materials", *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert json.loads(printed())["bomFormat"] == "CycloneDX"
    assert printed("Pulumi.lab.yaml") == printed("Pulumi.lab.yaml")
