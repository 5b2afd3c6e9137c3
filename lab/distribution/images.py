"""Container images made of the lab's programs, as the pages of a registry: each a file where its URL says it is."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lab.distribution import layer
from lab.distribution.build import build_programs
from lab.distribution.command import stopped
from lab.distribution.inputs import recipe_key
from lab.distribution.layer import Layer, write_layer
from lab.distribution.once import keep_latest, make_once, used
from lab.distribution.programs import TRAEFIK_VERSION
from lab.lab import CACHE
from lab.progress import Report

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIGURATION_TYPE = "application/vnd.oci.image.config.v1+json"


@dataclass(frozen=True)
class Image:
    """One image of docker.io: programs in the root folder and nothing else. As its publisher's, it runs as root."""

    name: str
    tag: str
    programs: tuple[str, ...]
    """The first one is what a container runs unless it is told otherwise."""
    ports: tuple[str, ...] = ()
    """What it listens on, for the reader: "80/tcp"."""


IMAGES: Mapping[str, tuple[Image, ...]] = {
    "images": (
        Image("rancher/mirrored-pause", "3.6", ("pause",)),
        Image("rancher/mirrored-coredns-coredns", "1.13.1", ("coredns",), ("53/tcp", "53/udp")),
        Image("traefik/whoami", "v1.11", ("whoami",), ("80/tcp",)),
    ),
    "ingress": (Image("library/traefik", TRAEFIK_VERSION, ("traefik",), ("80/tcp", "443/tcp")),),
    # The last one that was published. Inside is a newer one: the module of that release can't be had.
    "storage": (Image("minio/minio", "RELEASE.2025-09-07T16-13-09Z", ("minio", "mc"), ("9000/tcp",)),),
}
"""By group of programs, in the order in which hosts need them. Names and tags are those that publishers use."""


def image_folders(images: Iterable[Image], report: Report, cache: Path = CACHE) -> dict[str, Path]:
    """A folder for each image, by its name: to be served as `/v2/<name>/` in docker.io's place.

    The Content-Type of everything below a folder `manifests` must be MANIFEST_TYPE, or containerd takes it for no
    image. Builds the programs if the cache has none. The same programs give the same digests.
    """
    wanted = tuple(images)
    programs = build_programs([name for image in wanted for name in image.programs], report, cache)
    return {image.name: _image_folder(image, programs, cache) for image in wanted}


def _image_folder(image: Image, programs: Mapping[str, Path], cache: Path) -> Path:
    parts = [f"{image.name}:{image.tag}", *(programs[name].parent.name for name in image.programs)]
    plain = image.name.replace("/", "-")
    folder = cache / "images" / f"{plain}-{recipe_key(parts, [Path(__file__), Path(layer.__file__)])}"
    if make_once(folder, partial(_write_image, image=image, programs=programs), stopped):
        keep_latest(path for path in (cache / "images").glob(f"{plain}-*") if path.is_dir())
    used(folder)
    return folder


def _write_image(folder: Path, image: Image, programs: Mapping[str, Path]) -> None:
    """Layer, configuration and manifest of one image; a build's folder and architecture are the program's own."""
    for name in ("blobs", "manifests", "tags"):
        (folder / name).mkdir()
    written = write_layer(folder / "blobs", {name: programs[name] for name in image.programs})
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
            "Entrypoint": [f"/{image.programs[0]}"],
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
