"""Computes a short key from everything that a built program depends on. Same key, same program, in every clone."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from lab.distribution.programs import PROGRAMS, Program
from lab.distribution.toolchain import Go

KEY_LENGTH = 12
"""Hex digits of a key: enough to distinguish the builds on one computer."""


def program_key(program: Program, go: Go, programs: Mapping[str, Program] = PROGRAMS) -> str:
    """The key of a program: a hash of its table entry, the pins of its sources, Go, and the keys of its parts."""
    entry = asdict(program)
    del entry["module"]  # a clone's own path
    made_of = {
        "entry": entry,
        "go": asdict(go),
        "files": file_checksums(program.module),
        "parts": {name: program_key(programs[name], go, programs) for name in program.parts},
    }
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:KEY_LENGTH]


def file_checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of the files in this folder that a build reads, by relative path. Without tests and documentation."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("_test.go", ".md"))
    }


def recipe_key(parts: Iterable[str], files: Iterable[Path] = ()) -> str:
    """The key of something that is built from these parts (names or keys) by the code in these files."""
    made_of = [list(parts), [checksum(file) for file in files]]
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:KEY_LENGTH]


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
