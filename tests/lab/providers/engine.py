"""A stack of its own for a test: the real engine, the stand-ins on its PATH, the state in a folder of the test."""

import os
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pulumi import automation

from lab.lab import REPOSITORY
from tests.lab.providers.programs import programs

PROVIDERS = ("command", "kubernetes", "random", "tls")


@dataclass(frozen=True)
class Run:
    """What a preview or an update did: operations by kind (create, update, replace, same), and what it printed."""

    changes: dict[str, int]
    printed: str
    outputs: dict[str, object]


class Engine:
    """One stack. `program` is run by each of the methods."""

    def __init__(self, folder: Path, program: Callable[[], None]) -> None:
        self.state = folder / "state"
        self.state.mkdir()
        shims = folder / "bin"
        shims.mkdir()
        for name in PROVIDERS:
            shim = shims / f"pulumi-resource-{name}"
            root = shlex.quote(str(REPOSITORY))
            shim.write_text(f'#!/bin/sh\nPYTHONPATH={root} exec {sys.executable} -m lab.providers.{name} "$@"\n')
            shim.chmod(0o755)
        pulumi = programs("pulumi")["pulumi"]
        environment = {
            "PATH": f"{shims}:{pulumi.parent}:{os.environ['PATH']}",
            "PULUMI_CONFIG_PASSPHRASE": "of the test",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        os.environ["PATH"] = environment["PATH"]  # where the Automation API looks for the engine itself
        backend = automation.ProjectBackend(f"file://{self.state}")
        options = automation.LocalWorkspaceOptions(
            work_dir=str(folder),
            env_vars=environment,
            project_settings=automation.ProjectSettings("stand-ins", "python", backend=backend),
        )
        self.stack = automation.create_or_select_stack("test", "stand-ins", program, opts=options)

    def preview(self) -> Run:
        """Changes nothing."""
        lines: list[str] = []
        result = self.stack.preview(on_output=lines.append)
        return Run(counted(result.change_summary), "\n".join(lines), {})

    def up(self) -> Run:
        """Brings it up. Raises CommandError when that fails."""
        lines: list[str] = []
        result = self.stack.up(on_output=lines.append)
        outputs = {name: output.value for name, output in result.outputs.items()}
        changes = counted(result.summary.resource_changes or {})
        return Run(changes, "\n".join(lines), outputs)

    def destroy(self) -> None:
        """Takes it down."""
        self.stack.destroy()

    def text_of_state(self) -> str:
        """All that the backend has written, for a search for secrets."""
        files = [path for path in self.state.rglob("*") if path.is_file()]
        return "\n".join(path.read_text(errors="replace") for path in files)


def counted(changes: Mapping[automation.OpType, int]) -> dict[str, int]:
    """Operations by the name of their kind."""
    return {str(getattr(kind, "value", kind)): count for kind, count in changes.items()}
