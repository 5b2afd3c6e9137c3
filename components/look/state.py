"""Reads the stack's own state: which commands ran on hosts, and how they logged in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi.runtime

from components.sdk import export_early

COMMAND = "command:remote:Command"


@dataclass(frozen=True)
class Login:
    """How to log in to a host over SSH."""

    address: str
    port: int
    user: str
    private_key: str
    """In OpenSSH format; a secret."""
    host_key: str
    sudo_password: str | None = None
    """The password that sudo asks for; a secret. None: sudo asks for none."""


@dataclass(frozen=True)
class Done:
    """A command in the state: a step that has run, or a cleanup step, which runs on delete only."""

    command: str
    """The text of the command. Empty for a cleanup step."""
    login: Login


Resources = Mapping[tuple[str, str], Mapping[str, Any]]
"""Outputs of resources, by type token and name."""


BEGUN: Mapping[str, Any] = {"nodes": {}}
"""An output of a stack whose first `up` has begun. The outputs of the program take its place."""


def read_state() -> Resources:
    """All resources of the stack. Empty before the first `up`.

    The engine (3.245) crashes when asked for the resources of a stack that was never updated. So the stack's outputs
    are read first: such a stack has none. A first `up` that was interrupted has left hosts. It has exported BEGUN, so
    the next preview finds them. If it was killed, only the next `up` finds them.
    """
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    if not _invoke("readStackOutputs", {"name": stack}).get("outputs"):
        if pulumi.runtime.is_dry_run():
            return {}
        export_early(BEGUN)
    resources = _invoke("readStackResourceOutputs", {"stackName": stack}).get("outputs") or {}
    return {(one["type"], urn.rpartition("::")[2]): one["outputs"] for urn, one in resources.items()}


def commands_of(state: Resources) -> dict[str, Done]:
    """All commands that run on hosts, by name."""
    return {
        name: Done(outputs.get("create") or "", _login(outputs["connection"]))
        for (kind, name), outputs in state.items()
        if kind == COMMAND and outputs.get("connection")
    }


def _login(connection: Mapping[str, Any]) -> Login:
    return Login(
        address=connection["host"],
        port=int(connection.get("port") or 22),
        user=connection.get("user") or "root",
        private_key=connection.get("privateKey") or "",
        host_key=connection.get("hostKey") or "",
    )


def _invoke(function: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Calls a function of the engine itself."""
    result = pulumi.runtime.invoke(f"pulumi:pulumi:{function}", arguments).value
    return dict(result or {})
