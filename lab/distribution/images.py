"""Builds container images from the lab's programs, as files for a web server: each URL of a registry is a file."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from components.artefacts import TRAEFIK_VERSION
from lab.distribution import layer
from lab.distribution.build import build_programs
from lab.distribution.command import stopped
from lab.distribution.inputs import recipe_key
from lab.distribution.layer import Layer, write_layer
from lab.distribution.once import keep_latest, make_once, used
from lab.distribution.packages import packaged_program
from lab.distribution.programs import PROGRAMS
from lab.lab import CACHE
from lab.progress import Report

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIGURATION_TYPE = "application/vnd.oci.image.config.v1+json"

BUSYBOX_COMMANDS = ("cat", "chmod", "httpd", "ls", "mkdir", "mv", "rm", "sh", "sleep", "wget")


@dataclass(frozen=True)
class Image:
    """One image of docker.io. It has only programs, in the root folder. Like the publisher's image, it runs as root."""

    name: str
    tag: str
    programs: tuple[str, ...]
    """A container runs the first one by default."""
    ports: tuple[str, ...] = ()
    """Ports on which it listens ("80/tcp"), as information for users."""
    commands: tuple[str, ...] = ()
    """More names for the first program, in /bin."""


IMAGES: Mapping[str, tuple[Image, ...]] = {
    "images": (
        Image("rancher/mirrored-pause", "3.6", ("pause",)),
        Image("rancher/mirrored-coredns-coredns", "1.13.1", ("coredns",), ("53/tcp", "53/udp")),
        Image("traefik/whoami", "v1.11", ("whoami",), ("80/tcp",)),
        Image("rancher/klipper-lb", "v0.4.17", ("klipper-lb",)),
        Image("rancher/local-path-provisioner", "v0.0.30", ("local-path-provisioner",)),
        # Creates and removes the folders of volumes. It is Debian's program, in another version than the tag says.
        Image("rancher/mirrored-library-busybox", "1.37.0", ("busybox",), commands=BUSYBOX_COMMANDS),
    ),
    "ingress": (Image("library/traefik", TRAEFIK_VERSION, ("traefik",), ("80/tcp", "443/tcp")),),
    # The program is newer than the tag: the module of that release is not available.
    "storage": (Image("coollabsio/minio", "RELEASE.2025-10-15T17-29-55Z", ("minio", "mc"), ("9000/tcp",)),),
}
"""Images by group of programs, in the order in which hosts need them. They have the publishers' names and tags."""


def image_folders(images: Iterable[Image], report: Report, cache: Path = CACHE) -> dict[str, Path]:
    """A folder for each image, by its name. The lab serves it as `/v2/<name>/`, in place of docker.io.

    Files below a folder `manifests` must be served with the Content-Type MANIFEST_TYPE; otherwise containerd refuses
    the image. Builds programs that are not in the cache. Programs that are not in programs.PROGRAMS are Debian's. The
    same programs always give the same digests.
    """
    wanted = tuple(images)
    names = [name for image in wanted for name in image.programs]
    programs = build_programs([name for name in names if name in PROGRAMS], report, cache)
    programs |= {name: packaged_program(name, report, cache) for name in names if name not in PROGRAMS}
    return {image.name: _image_folder(image, programs, cache) for image in wanted}


def _image_folder(image: Image, programs: Mapping[str, Path], cache: Path) -> Path:
    parts = [f"{image.name}:{image.tag}", *image.commands, *(programs[name].parent.name for name in image.programs)]
    plain = image.name.replace("/", "-")
    folder = cache / "images" / f"{plain}-{recipe_key(parts, [Path(__file__), Path(layer.__file__)])}"
    if make_once(folder, partial(_write_image, image=image, programs=programs), stopped):
        keep_latest(path for path in (cache / "images").glob(f"{plain}-*") if path.is_dir())
    used(folder)
    return folder


def _write_image(folder: Path, image: Image, programs: Mapping[str, Path]) -> None:
    """Writes layer, configuration and manifest of one image. Its architecture is that of the program."""
    for name in ("blobs", "manifests", "tags"):
        (folder / name).mkdir()
    written = write_layer(folder / "blobs", {name: programs[name] for name in image.programs}, image.commands)
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
            "Env": ["PATH=/:/bin"],
            "WorkingDir": "/",
            "ExposedPorts": {port: {} for port in image.ports},
        },
        "rootfs": {"type": "layers", "diff_ids": [written.digest]},
    }


def _add(folder: Path, document: Mapping[str, object]) -> dict[str, object]:
    """Writes a document under its digest. Returns its digest and size, for references to it."""
    data = _encode(document)
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    (folder / digest).write_bytes(data)
    return {"digest": digest, "size": len(data)}


def _encode(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, sort_keys=True).encode()
