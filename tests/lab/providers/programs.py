"""Programs that tests of stand-ins run for real: those on PATH, else the project's own builds."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from lab.distribution.build import build_programs
from lab.lab import REPOSITORY
from lab.progress import Silence

SECONDS = 30


def programs(*names: str) -> dict[str, Path]:
    """The programs' files by name; built if nobody has built them yet, which takes minutes."""
    found = {name: Path(path) for name in names if (path := shutil.which(name))}
    return found | build_programs([name for name in names if name not in found], Silence())


def program(name: str) -> Path:
    """The one program's file."""
    return programs(name)[name]


def executable(path: Path, *statements: str) -> None:
    """A Python program of these statements, as an executable file that the engine can start as a plugin."""
    environment = f"PYTHONPATH={REPOSITORY}"
    lines = ["#!/bin/sh", f"{environment} exec {sys.executable} -u - \"$@\" <<'END'", *statements, "END"]
    path.write_text("\n".join(lines) + "\n")
    path.chmod(0o755)


def start(log: Path, *command: str, **environment: str) -> "subprocess.Popen[bytes]":
    """A program that goes on until `stop`."""
    with log.open("ab") as out:
        return subprocess.Popen(
            command,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End it, and wait for its end."""
    process.terminate()
    process.wait(SECONDS)
