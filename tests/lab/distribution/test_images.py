"""The registry's folder: every digest is the digest of what it names, and the same programs give the same image."""

import hashlib
import io
import json
import re
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.distribution.images import IMAGES, MANIFEST_TYPE, Image, image_folders
from lab.distribution.layer import architecture
from lab.distribution.programs import GROUPS, PROGRAMS
from lab.progress import Silence
from tests.lab.distribution.fake_go import FakeGo

WHOAMI = Image("traefik/whoami", "v1.11", ("whoami",), ("80/tcp",))
PAIR = Image("minio/minio", "v1", ("minio", "mc"))
ELF = b"\x7fELF\x02\x01\x01".ljust(18, b"\0") + b"\x3e\x00"

K3S = PROGRAMS["k3s"].module


@pytest.fixture
def repository(go: FakeGo) -> Path:
    """The folder of one image's repository."""
    go.builds(ELF)
    return image_folders([WHOAMI], Silence(), go.cache)["traefik/whoami"]


def load(path: Path) -> dict[str, Any]:
    document = json.loads(path.read_bytes())
    assert isinstance(document, dict)
    return document


def test_the_tag_is_the_manifest_of_its_digest(repository: Path) -> None:
    data = (repository / "manifests" / "v1.11").read_bytes()
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert (repository / "manifests" / digest).read_bytes() == data
    assert json.loads(data)["mediaType"] == MANIFEST_TYPE
    assert load(repository / "tags" / "list") == {"name": "traefik/whoami", "tags": ["v1.11"]}


def test_everything_that_the_manifest_names_is_there(repository: Path) -> None:
    manifest = load(repository / "manifests" / "v1.11")
    for part in (manifest["config"], *manifest["layers"]):
        data = (repository / "blobs" / part["digest"]).read_bytes()
        assert part["digest"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert part["size"] == len(data)
    assert len(list((repository / "blobs").iterdir())) == 2


def test_the_image_starts_its_program(repository: Path) -> None:
    manifest = load(repository / "manifests" / "v1.11")
    configuration = load(repository / "blobs" / manifest["config"]["digest"])
    assert configuration["config"]["Entrypoint"] == ["/whoami"]
    assert configuration["architecture"] == "amd64"
    assert configuration["rootfs"]["diff_ids"] == [manifest["layers"][0]["digest"]]


def test_the_layer_has_the_program_and_little_else(repository: Path) -> None:
    manifest = load(repository / "manifests" / "v1.11")
    layer = (repository / "blobs" / manifest["layers"][0]["digest"]).read_bytes()
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        assert {member.name: member.mode for member in archive} == {
            **{"etc": 0o755, "tmp": 0o1777, "etc/passwd": 0o644, "etc/group": 0o644, "whoami": 0o755}
        }
        program = archive.extractfile("whoami")
        assert program is not None
        assert program.read() == ELF


def test_an_image_of_several_programs_starts_the_first(go: FakeGo) -> None:
    go.builds(ELF)
    folder = image_folders([PAIR], Silence(), go.cache)["minio/minio"]
    manifest = load(folder / "manifests" / "v1")
    configuration = load(folder / "blobs" / manifest["config"]["digest"])["config"]
    assert configuration["Entrypoint"] == ["/minio"]
    assert configuration["Env"] == ["PATH=/:/bin"]
    with tarfile.open(folder / "blobs" / manifest["layers"][0]["digest"]) as archive:
        assert {"minio", "mc"} <= set(archive.getnames())


def test_the_same_programs_give_the_same_digests(go: FakeGo, tmp_path: Path) -> None:
    go.builds(ELF)
    folders = [image_folders([WHOAMI], Silence(), tmp_path / name)["traefik/whoami"] for name in ("one", "two")]
    names = [sorted(path.name for path in folder.rglob("sha256:*")) for folder in folders]
    assert names[0] == names[1] != []


def test_images_are_written_once_and_each_has_its_own_folder(go: FakeGo) -> None:
    go.builds(ELF)
    first = image_folders([WHOAMI], Silence(), go.cache)
    written = (first["traefik/whoami"] / "tags").stat().st_mtime_ns
    second = image_folders([WHOAMI, PAIR], Silence(), go.cache)
    assert second["traefik/whoami"] == first["traefik/whoami"]
    assert (first["traefik/whoami"] / "tags").stat().st_mtime_ns == written


def test_what_is_no_program_becomes_no_image(go: FakeGo) -> None:
    with pytest.raises(ValueError, match="whoami is no program for amd64 or arm64"):
        image_folders([WHOAMI], Silence(), go.cache)
    assert [path for path in (go.cache / "images").iterdir() if path.is_dir()] == []


@pytest.mark.parametrize(("machine", "name"), [(62, "amd64"), (183, "arm64")])
def test_an_architecture_is_read_from_the_program(tmp_path: Path, machine: int, name: str) -> None:
    (tmp_path / "program").write_bytes(ELF[:18] + machine.to_bytes(2, "little"))
    assert architecture(tmp_path / "program") == name


def test_k3s_finds_what_it_starts_by_itself() -> None:
    names = {f"{image.name}:{image.tag}" for image in IMAGES["images"]}
    assert {"rancher/mirrored-pause:3.6", "rancher/mirrored-coredns-coredns:1.13.1"} <= names
    for file in [*(K3S / "deploy" / "manifests").glob("*.yaml"), K3S / "servicelb" / "daemonset.go"]:
        asked = set(re.findall(r"\b(rancher/[a-z-]+:v?\d[\d.]*)", file.read_text()))
        assert asked <= names, file


def test_commands_are_names_of_the_first_program(go: FakeGo) -> None:
    go.builds(ELF)
    image = replace(PAIR, commands=("sh", "mkdir"))
    folder = image_folders([image], Silence(), go.cache)["minio/minio"]
    manifest = load(folder / "manifests" / "v1")
    with tarfile.open(folder / "blobs" / manifest["layers"][0]["digest"]) as archive:
        links = {member.name: member.linkname for member in archive if member.issym()}
    assert links == {"bin/sh": "/minio", "bin/mkdir": "/minio"}


@pytest.mark.parametrize("group", IMAGES)
def test_images_are_made_of_the_programs_of_their_group(group: str) -> None:
    assert {name for image in IMAGES[group] for name in image.programs if name in PROGRAMS} == set(GROUPS[group])
