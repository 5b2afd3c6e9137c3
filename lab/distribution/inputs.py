"""What a built program depends on, as one short key: the same key is the same program, in every clone."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from lab.distribution.programs import PROGRAMS, Program
from lab.distribution.toolchain import Go

KEY_LENGTH = 12
"""Hex digits of a key: enough to tell the builds of one computer apart."""


def program_key(program: Program, go: Go, programs: Mapping[str, Program] = PROGRAMS) -> str:
    """Key of everything that shapes the program: its entry in the table, its sources' pins, Go, and its parts' keys."""
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
    """SHA-256 of the files that a build reads in this folder, by relative path: tests and documentation are not."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("_test.go", ".md"))
    }


def recipe_key(parts: Iterable[str], files: Iterable[Path] = ()) -> str:
    """Key of something that is made from these parts, by name or key, and by what these files say."""
    made_of = [list(parts), [checksum(file) for file in files]]
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:KEY_LENGTH]


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
