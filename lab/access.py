"""Access to a running lab: ssh over the tailnet, kubectl, and requests of a visitor."""

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from lab.answering import NoServerError, led_to_one_that_answers
from lab.distribution.build import build_programs
from lab.engine import Workspace, outputs, settings_of
from lab.files import replace
from lab.homes import home_file, plan_homes
from lab.internet.visitor import Visitor
from lab.lab import OPERATOR, Lab
from lab.network import namespace_command
from lab.progress import Report


class NotUpError(Exception):
    """The stack does not have this output yet. The message is one line with what to do."""


def ssh(workspace: Workspace, host: str, words: Sequence[str]) -> NoReturn:
    """Replaces this process by ssh to the host, with the program's key and the pinned host key.

    Logs in as the owner to a machine at home that has not joined yet. One word is a line for the host's shell. Several
    words are a command and its arguments. Raises NotUpError.
    """
    known = outputs(workspace)
    if host not in known.get("nodes", {}) and (owner := owner_login(workspace, host)):
        _become_ssh(workspace, owner, words)
    login, nodes = _output(workspace, known, "ssh"), _output(workspace, known, "nodes")
    if host not in nodes:
        raise NotUpError(f"host {host}: stack {workspace.stack} has none of that name, but {', '.join(nodes)}")
    keys = "".join(f"{nodes[name]} {line}\n" for name, line in login["host_keys"].items() if name in nodes)
    _become_ssh(workspace, Login(login["user"], nodes[host], 22, login["private_key"], keys), words)


@dataclass(frozen=True)
class Login:
    """How to log in to a host. `known_hosts`: lines in ssh's format."""

    user: str
    address: str
    port: int
    private_key: str = field(repr=False)
    known_hosts: str


def owner_login(workspace: Workspace, host: str) -> Login | None:
    """The owner's login to a machine at home; None for other hosts."""
    settings = settings_of(workspace.settings, workspace.project_name) if workspace.settings.exists() else {}
    homes = plan_homes(workspace.lab, settings)
    home = homes.homes.get(host)
    if home is None or not home_file(workspace.lab, host).exists():
        return None
    place = home.address if home.port == 22 else f"[{home.address}]:{home.port}"
    key = homes.files[host].private_key
    return Login(home.user, home.address, home.port, key, f"{place} {home.host_public_key}\n")


def _become_ssh(workspace: Workspace, login: Login, words: Sequence[str]) -> NoReturn:
    key = secret_file(workspace, "ssh-key", login.private_key.rstrip("\n") + "\n")
    hosts = secret_file(workspace, "known-hosts", login.known_hosts)
    options = {
        "IdentityFile": str(key),
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "UserKnownHostsFile": str(hosts),
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "PasswordAuthentication": "no",
        "ConnectTimeout": "20",
        "LogLevel": "ERROR",
    }
    arguments = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    line = [words[0] if len(words) == 1 else shlex.join(words)] if words else []
    port = [] if login.port == 22 else ["-p", str(login.port)]
    _become(workspace, ["ssh", "-F", "none", *arguments, *port, f"{login.user}@{login.address}", *line])


def kubectl(workspace: Workspace, words: Sequence[str], report: Report) -> NoReturn:
    """Replaces this process by kubectl with the stack's kubeconfig. Raises NotUpError and the errors of the build."""
    environment = kubectl_environment(workspace)  # first: without a cluster, do not build kubectl
    _become(workspace, [str(kubectl_program(workspace, report)), *words], environment)


def visit(lab: Lab, url: str, options: Sequence[str]) -> NoReturn:
    """Replaces this process by curl in the visitor's network. Prints status, headers and body. Raises NotUpError."""
    if shutil.which("curl") is None:
        raise NotUpError("curl is not on PATH: install it, it is what visits")
    command = Visitor(lab).command(["curl", "--silent", "--show-error", "--include", *options, url])
    os.execvpe(command[0], command, Visitor(lab).environment())  # noqa: S606 -- no shell is wanted


def kubeconfig(workspace: Workspace) -> Path:
    """The stack's kubeconfig as a file that only its owner can read. Its current context leads to a server that
    answers; if none does, stderr says so. Raises NotUpError."""
    text = _output(workspace, outputs(workspace), "kubeconfig")
    try:
        text = led_to_one_that_answers(workspace.lab, text)
    except NoServerError as error:
        print(error, file=sys.stderr)
    return secret_file(workspace, "kubeconfig", text)


def kubectl_environment(workspace: Workspace) -> dict[str, str]:
    """Environment variables for kubectl. Its cache stays in the lab. Raises NotUpError."""
    return {"KUBECONFIG": str(kubeconfig(workspace)), "KUBECACHEDIR": str(_folder(workspace) / "kubectl-cache")}


def kubectl_program(workspace: Workspace, report: Report) -> Path:
    """Kubernetes' single binary, under the name that makes it act as kubectl."""
    program = _folder(workspace) / "kubectl"
    if not program.exists():
        program.unlink(missing_ok=True)
        program.symlink_to(build_programs(["kube"], report)["kube"])
    return program


def secret_file(workspace: Workspace, name: str, text: str) -> Path:
    """A file of the lab that only its owner can read."""
    file = _folder(workspace) / name
    replace(file, text)
    return file


def _folder(workspace: Workspace) -> Path:
    folder = workspace.folder / "access"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _output(workspace: Workspace, known: dict[str, Any], name: str) -> Any:
    if name not in known:
        raise NotUpError(f"lab {workspace.lab.name} is not up as far as that (no output {name}): run bin/lab up")
    return known[name]


def _become(workspace: Workspace, command: Sequence[str], extra: dict[str, str] | None = None) -> NoReturn:
    inside = namespace_command(workspace.lab, OPERATOR, command)
    own = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    os.execvpe(inside[0], inside, own | (extra or {}))  # noqa: S606 -- no shell is wanted
