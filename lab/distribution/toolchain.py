"""The Go toolchain: which one it is, and the folder of sources and caches that a build needs only while it runs."""

import json
import os
import shutil
import subprocess
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.distribution.locks import holding, try_lock
from lab.lab import CACHE

BUILD_CACHE_VARIABLE = "TAILNET_K3S_GOCACHE"
MODULE_CACHE_VARIABLE = "TAILNET_K3S_GOMODCACHE"
"""Folders of the user's own for compiled packages and for sources: they are used instead, and kept."""


@dataclass(frozen=True)
class Go:
    """What programs are built with. Part of every program's key: another Go gives other programs."""

    version: str
    system: str
    architecture: str
    """As Go calls it: amd64, arm64."""


def find_go() -> Go:
    """The Go on PATH. Raises RuntimeError when there is none that works."""
    command = ["go", "env", "-json", "GOVERSION", "GOHOSTOS", "GOHOSTARCH"]
    try:
        # Not in the caller's folder: a go.mod there could ask for another version.
        answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/")
    except FileNotFoundError:
        raise RuntimeError("go is not on PATH: install Go 1.26 or newer, the lab builds its programs with it") from None
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"go env failed: {error.stderr.strip() or error.returncode}") from None
    values = json.loads(answer.stdout)
    return Go(values["GOVERSION"], values["GOHOSTOS"], values["GOHOSTARCH"])


def build_environment(go: Go, folder: Path) -> dict[str, str]:
    """The variables of a `go build` whose sources and caches are in `folder`. The module proxy is the user's own."""
    settings = {
        "GOCACHE": os.environ.get(BUILD_CACHE_VARIABLE) or str(folder / "compiled"),
        "GOMODCACHE": os.environ.get(MODULE_CACHE_VARIABLE) or str(folder / "modules"),
        "GOTMPDIR": str(folder / "tmp"),
        "GOFLAGS": "-modcacherw",  # so that the sources can be removed again
        "GOWORK": "off",
        "GOOS": go.system,
        "GOARCH": go.architecture,
        "GOAMD64": "v1",
        "GOARM64": "v8.0",
    }
    return {**os.environ, **settings}


@contextmanager
def workshop(go: Go, stopped: threading.Event, cache: Path = CACHE) -> Iterator[Mapping[str, str]]:
    """The environment of builds, its folder shared by all that run at once and removed when the last one ends.

    A run that was killed leaves the folder behind. The next one that builds goes on with what is in it, as Go trusts
    nothing there that is not whole.
    """
    folder = cache / "build"
    try:
        with holding(cache / "build.lock", stopped, shared=True):
            (folder / "tmp").mkdir(parents=True, exist_ok=True)
            yield build_environment(go, folder)
    finally:
        remove_leftovers(cache)


def remove_leftovers(cache: Path = CACHE) -> None:
    """Removes sources and caches, and what is only partly built, unless a build is running."""
    if not (cache / "build.lock").exists():
        return
    with (cache / "build.lock").open("ab") as lock:
        if not try_lock(lock):
            return
        if (cache / "build").exists():
            # Renamed first: Go takes sources of which a part is missing for whole ones.
            (cache / "build").rename(cache / f"build.{uuid.uuid4().hex[:8]}.removed")
        for path in [*cache.glob("build.*.removed"), *(cache / "programs").glob("*.partial")]:
            shutil.rmtree(path)
