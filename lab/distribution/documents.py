"""Files for the mirror that are no programs. They come from the Go modules from which the programs are built."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from components.artefacts import TRAEFIK_VERSION
from lab.distribution.command import BuildError, stopped
from lab.distribution.inputs import recipe_key
from lab.distribution.once import keep_latest, make_once, used
from lab.distribution.programs import MODULES
from lab.distribution.toolchain import find_go, workshop
from lab.lab import CACHE
from lab.progress import Report

SECONDS = 900
"""The timeout for the download of one module. On a slow line, one takes as long as all the others together."""


@dataclass(frozen=True)
class Document:
    """One file of a published module, and the publisher's URL for it."""

    name: str
    pins: Path
    """Folder of the go.mod and go.sum that pin the module's version and checksum."""
    module: str
    path: str
    """The path within the module, which is also the path within the publisher's repository."""
    url: str
    """The publisher's host and folder, without "https://"."""


DOCUMENTS = (
    Document(
        "traefik-crds",
        MODULES / "traefik",
        "github.com/traefik/traefik/v3",
        "docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml",
        f"raw.githubusercontent.com/traefik/traefik/{TRAEFIK_VERSION}",
    ),
)
"""The files that this project downloads from publishers and that are no programs."""


def document_folders(report: Report, documents: Iterable[Document] = DOCUMENTS, cache: Path = CACHE) -> list[Path]:
    """A folder for each document, with the file under its publisher's host and path.

    Downloads those that are not in the cache. Raises BuildError when a module can't be downloaded or does not have the
    pinned checksum, RuntimeError without Go, and StoppedError after `stop_builds`.
    """
    return [_document_folder(document, report, cache) for document in documents]


def _document_folder(document: Document, report: Report, cache: Path) -> Path:
    pins = [document.pins / name for name in ("go.mod", "go.sum")]
    key = recipe_key([document.module, document.path, document.url], [Path(__file__), *pins])
    folder = cache / "downloads" / f"{document.name}-{key}"
    with report.begin(document.name, "downloading", minor=True) as task:
        if make_once(folder, lambda partial: _fetch(document, partial, cache), stopped):
            keep_latest((cache / "downloads").glob(f"{document.name}-*"))
        used(folder)
        task.done()
    return folder


def _fetch(document: Document, folder: Path, cache: Path) -> None:
    go = find_go()
    with workshop(go, stopped, cache) as environment:
        file = _download(document, environment) / document.path
        if not file.is_file():
            raise BuildError(f"{document.name}: {document.module} has no file {document.path}")
        target = folder / document.url / document.path
        target.parent.mkdir(parents=True)
        shutil.copyfile(file, target)


def _download(document: Document, environment: Mapping[str, str]) -> Path:
    """Downloads the module, and returns its folder. Go verifies its checksum."""
    result = subprocess.run(
        ["setpriv", "--pdeathsig", "KILL", "go", "mod", "download", "-json", document.module],
        cwd=document.pins,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    answer = json.loads(result.stdout or "{}")
    if result.returncode != 0 or "Dir" not in answer:
        cause = answer.get("Error") or result.stderr.strip() or f"go ended with status {result.returncode}"
        raise BuildError(f"{document.name}: {document.module} can't be downloaded: {cause.splitlines()[-1]}")
    return Path(answer["Dir"])
