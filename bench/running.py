"""A lab that runs, as benchmarks see it: its hosts by role, commands in them, and a namespace that goes at the end."""

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.engine import Workspace
from lab.hosts import run_in_host
from lab.lab import Lab, find_lab
from lab.status import HostStatus, look

HERE = Path(__file__).parent
NAMESPACE = "bench"


@dataclass(frozen=True)
class Running:
    """A lab, and what it says of itself."""

    lab: Lab
    hosts: dict[str, HostStatus]

    def with_role(self, role: str) -> list[str]:
        """Hosts of a role, by name."""
        return [name for name, host in self.hosts.items() if role in host.roles]

    def writer(self) -> str:
        """The host with the database that all servers write to."""
        return next(name for name, host in self.hosts.items() if host.writer)

    def run(self, host: str, program: str, *words: str, within: Sequence[str] = (), seconds: float = 120) -> str:
        """Run one of this folder's programs in a host; `within` goes in front of it."""
        argv = [*within, "python3", "-", *words]
        return run_in_host(self.lab, host, argv, stdin=(HERE / program).read_text(), seconds=seconds)

    def kubectl(self, *words: str, stdin: str = "", check: bool = True) -> str:
        """Ask the cluster, from a server."""
        server = self.with_role("server")[0]
        return run_in_host(self.lab, server, ["k3s", "kubectl", *words], stdin=stdin, check=check)


def parser(text: str) -> argparse.ArgumentParser:
    """Options that all benchmarks have."""
    options = argparse.ArgumentParser(description=text)
    options.add_argument("--name", default="lab", help="which lab; it must be up")
    options.add_argument("--stack", default="lab", help="which stack's settings")
    return options


def running(name: str, stack: str) -> Running:
    """The lab of that name. Raises SystemExit if it is not up."""
    lab = find_lab(name)
    hosts = look(Workspace(lab, stack)).hosts if lab.root.is_dir() else {}
    if not any(host.since for host in hosts.values()):
        raise SystemExit(f"lab {name} is not up: make up")
    return Running(lab, hosts)


@contextmanager
def namespace(lab: Running) -> Iterator[None]:
    """A namespace of the cluster for the block; it goes with all that is in it. Waits for that of an earlier one."""
    lab.kubectl("wait", "--for=delete", f"namespace/{NAMESPACE}", "--timeout=2m")
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(object_of("Namespace", NAMESPACE)))
    try:
        yield
    finally:
        lab.kubectl("delete", "namespace", NAMESPACE, "--wait=false", check=False)


def object_of(kind: str, name: str, **more: object) -> dict[str, object]:
    """An object of Kubernetes' first API."""
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **more}
