"""The Go toolchain: its version, and a temporary folder for the sources and caches of builds."""

import json
import os
import shutil
import subprocess
import threading
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.distribution.locks import holding, try_lock
from lab.lab import CACHE

BUILD_CACHE_VARIABLE = "TAILNET_K3S_GOCACHE"
MODULE_CACHE_VARIABLE = "TAILNET_K3S_GOMODCACHE"
"""Variables with the user's own folders for compiled packages and for sources. Builds use them, and keep them."""

REMOVED_AT_ONCE = 12


@dataclass(frozen=True)
class Go:
    """The Go that builds programs. It is part of every program's key: another Go builds other programs."""

    version: str
    system: str
    architecture: str
    """Go's name for it: amd64, arm64."""


def find_go() -> Go:
    """The Go on PATH. Raises RuntimeError if there is none, or if it does not work."""
    command = ["go", "env", "-json", "GOVERSION", "GOHOSTOS", "GOHOSTARCH"]
    try:
        # Runs in another folder than the caller's: a go.mod there could require another version of Go.
        answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/")
    except FileNotFoundError:
        raise RuntimeError("go is not on PATH: install Go 1.26 or newer, the lab builds its programs with it") from None
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"go env failed: {error.stderr.strip() or error.returncode}") from None
    values = json.loads(answer.stdout)
    return Go(values["GOVERSION"], values["GOHOSTOS"], values["GOHOSTARCH"])


def build_environment(go: Go, folder: Path) -> dict[str, str]:
    """The variables of a `go build` with sources and caches in `folder`. It uses the user's module proxy."""
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
    """The environment of builds. Parallel builds share its folder. The last one removes it.

    A killed run leaves the folder behind. The next build uses its content, because Go ignores incomplete entries.
    """
    folder = cache / "build"
    try:
        with holding(cache / "build.lock", stopped, shared=True):
            (folder / "tmp").mkdir(parents=True, exist_ok=True)
            yield build_environment(go, folder)
    finally:
        remove_leftovers(cache)


def remove_leftovers(cache: Path = CACHE) -> None:
    """Removes sources, caches and incomplete builds, unless a build is running."""
    if not (cache / "build.lock").exists():
        return
    with (cache / "build.lock").open("ab") as lock:
        if not try_lock(lock):
            return
        if (cache / "build").exists():
            # Rename it first: if only a part were deleted, Go would take the sources for complete ones.
            (cache / "build").rename(cache / f"build.{uuid.uuid4().hex[:8]}.removed")
        for path in [*cache.glob("build.*.removed"), *(cache / "programs").glob("*.partial")]:
            _remove(path)


def _remove(folder: Path) -> None:
    """Removes a folder, many files at a time: sources are 300,000 files, and each waits for the disk by itself."""
    inner = [path for path in folder.glob("*/*/*") if path.is_dir() and not path.is_symlink()]
    with ThreadPoolExecutor(REMOVED_AT_ONCE) as pool:
        list(pool.map(shutil.rmtree, inner))
    shutil.rmtree(folder)
