"""Container images made of the lab's programs, as the pages of a registry: each a file where its URL says it is."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.distribution import layer
from lab.distribution.build import build_programs
from lab.distribution.command import stopped
from lab.distribution.inputs import recipe_key
from lab.distribution.layer import Layer, write_layer
from lab.distribution.once import keep_latest, make_once, used
from lab.lab import CACHE
from lab.progress import Report

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIGURATION_TYPE = "application/vnd.oci.image.config.v1+json"


@dataclass(frozen=True)
class Image:
    """One image of docker.io: a program alone in the root folder."""

    name: str
    tag: str
    program: str
    ports: tuple[str, ...] = ()
    """What it listens on, for the reader: "80/tcp"."""


IMAGES = (
    Image("rancher/mirrored-pause", "3.6", "pause"),
    Image("rancher/mirrored-coredns-coredns", "1.13.1", "coredns", ("53/tcp", "53/udp")),
    Image("traefik/whoami", "v1.11", "whoami", ("80/tcp",)),
)
"""What k3s uses by itself, and whoami for tests and examples: names and tags are the publishers'."""


def registry_folder(report: Report, images: Iterable[Image] = IMAGES, cache: Path = CACHE) -> Path:
    """Folder to be served as it is, in docker.io's place: `/v2/<name>/manifests/<tag or digest>` and so on.

    The Content-Type of everything below a folder `manifests` must be MANIFEST_TYPE, or containerd takes it for no
    image. Builds the programs if the cache has none. The same programs give the same digests.
    """
    wanted = tuple(images)
    programs = build_programs([image.program for image in wanted], report, cache)
    parts = [f"{image.name}:{image.tag} {programs[image.program].parent.name}" for image in wanted]
    key = recipe_key(parts, [Path(__file__), Path(layer.__file__)])
    folder = cache / "images" / key
    if make_once(folder, lambda partial: _write_all(partial, wanted, programs), stopped):
        keep_latest(path for path in (cache / "images").iterdir() if path.is_dir())
    used(folder)
    return folder


def _write_all(folder: Path, images: Iterable[Image], programs: Mapping[str, Path]) -> None:
    for image in images:
        _write_image(folder / "v2" / image.name, image, programs[image.program])


def _write_image(folder: Path, image: Image, program: Path) -> None:
    """Layer, configuration and manifest of one image; a build's folder and architecture are the program's own."""
    for name in ("blobs", "manifests", "tags"):
        (folder / name).mkdir(parents=True)
    written = write_layer(folder / "blobs", image.program, program)
    configuration = _add(folder / "blobs", _configuration(image, written))
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": {"mediaType": CONFIGURATION_TYPE, **configuration},
        "layers": [{"mediaType": written.media_type, "digest": written.digest, "size": written.size}],
    }
    _add(folder / "manifests", manifest)
    (folder / "manifests" / image.tag).write_bytes(_encode(manifest))
    (folder / "tags" / "list").write_bytes(_encode({"name": image.name, "tags": [image.tag]}))


def _configuration(image: Image, written: Layer) -> dict[str, object]:
    return {
        "architecture": written.architecture,
        "os": "linux",
        "config": {
            "Entrypoint": [f"/{image.program}"],
            "Env": ["PATH=/"],
            "WorkingDir": "/",
            "ExposedPorts": {port: {} for port in image.ports},
        },
        "rootfs": {"type": "layers", "diff_ids": [written.digest]},
    }


def _add(folder: Path, document: Mapping[str, object]) -> dict[str, object]:
    """Writes a document under its digest; digest and size as whoever refers to it names them."""
    data = _encode(document)
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    (folder / digest).write_bytes(data)
    return {"digest": digest, "size": len(data)}


def _encode(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, sort_keys=True).encode()
