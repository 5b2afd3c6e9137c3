"""The lab at one glance: a line a host, with what its computer, its database and its cluster node say."""

import json
import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from lab.access import NotUpError, kubectl_environment, kubectl_program
from lab.engine import StateError, Workspace, hosts_of, outputs
from lab.hosts import HostError, HostState, list_hosts, run_in_host
from lab.hosts.store import host_folder
from lab.lab import OPERATOR, Lab
from lab.network import namespace_command
from lab.progress import Silence

NOTHING = "-"
SECONDS = 10
"""How long a host or the cluster may take to answer; then it counts as silent."""
MEMBER_QUERY = (
    "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'wsrep_local_state_comment';"
    "SELECT COUNT(*) FROM information_schema.processlist WHERE db = 'k3s' AND host LIKE '%:%'"
)


@dataclass(frozen=True)
class HostStatus:
    """One host. None is what is not known, or what it does not have."""

    cloud: str
    """`oracle`, `azure`, or `home` for a machine that is in none."""
    roles: tuple[str, ...]
    tailnet_address: str | None
    public_address: str | None
    public_ipv6: str | None
    since: datetime | None
    """When it was started; None when it is off."""
    node: str | None
    """`Ready`, `NotReady`, or None when the cluster does not have it."""
    database: str | None
    """What the member says of itself: `Synced`, `Donor/Desynced`, …"""
    writer: bool
    """Whether the cluster's servers write to it at the moment."""
    memory_bytes: int | None
    """What its processes hold, without the files' cache."""


@dataclass(frozen=True)
class Status:
    """The whole lab."""

    lab: str
    hosts: dict[str, HostStatus]

    def to_json(self) -> str:
        """For programs."""
        return json.dumps(asdict(self), default=lambda value: value.isoformat(), indent=2)


def look(workspace: Workspace) -> Status:
    """Ask everybody, at once. A part that does not answer is left empty."""
    lab = workspace.lab
    states = list_hosts(lab)
    roles = _roles(workspace)
    with ThreadPoolExecutor() as threads:
        nodes = threads.submit(_or_empty, lambda: ready_nodes(workspace))
        known = threads.submit(_or_empty, lambda: outputs(workspace))
        members = {
            state.name: threads.submit(member_state, lab, state.name)
            for state in states
            if state.running and "database" in roles.get(state.name, ())
        }
        answered = {name: member.result() for name, member in members.items()}
        addresses = known.result().get("nodes", {})
        return Status(
            lab.name,
            {
                state.name: HostStatus(
                    cloud=state.cloud,
                    roles=roles.get(state.name, ()),
                    tailnet_address=addresses.get(state.name),
                    public_address=state.public_address,
                    public_ipv6=state.public_ipv6,
                    since=state.since if state.running else None,
                    node=nodes.result().get(state.name),
                    database=answered.get(state.name, (None, False))[0],
                    writer=answered.get(state.name, (None, False))[1],
                    memory_bytes=_memory(lab, state),
                )
                for state in states
            },
        )


def table(status: Status, now: datetime | None = None) -> Table:
    """The status as a table for a terminal."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("host", "cloud", "roles", "tailnet", "public", "running", "node", "database"):
        shown.add_column(column, no_wrap=True)
    shown.add_column("memory", justify="right", no_wrap=True)
    for name, host in status.hosts.items():
        shown.add_row(
            Text(name, "bold"),
            host.cloud or NOTHING,
            ", ".join(host.roles),
            host.tailnet_address or NOTHING,
            "\n".join(filter(None, (host.public_address, host.public_ipv6))) or NOTHING,
            _age(host.since, now or datetime.now(UTC)),
            _good(host.node, "Ready"),
            _database(host),
            f"{host.memory_bytes / 2**20:.0f} MiB" if host.memory_bytes else NOTHING,
        )
    return shown


def ready_nodes(workspace: Workspace) -> dict[str, str]:
    """`Ready` or `NotReady` for each node of the cluster. Raises NotUpError, OSError or ValueError."""
    # First: where there is no cluster, nobody should wait for a kubectl to be built.
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **kubectl_environment(workspace)}
    command = [
        str(kubectl_program(workspace, Silence())),
        "get",
        "nodes",
        "-o",
        "json",
        f"--request-timeout={SECONDS}s",
    ]
    inside = namespace_command(workspace.lab, OPERATOR, command)
    result = subprocess.run(inside, env=environment, capture_output=True, text=True, timeout=2 * SECONDS, check=False)
    return node_conditions(json.loads(result.stdout)) if result.returncode == 0 else {}


def node_conditions(listed: Mapping[str, Any]) -> dict[str, str]:
    """From Kubernetes' list of nodes."""
    found = {}
    for node in listed["items"]:
        ready = any(each["type"] == "Ready" and each["status"] == "True" for each in node["status"]["conditions"])
        found[node["metadata"]["name"]] = "Ready" if ready else "NotReady"
    return found


def member_state(lab: Lab, host: str) -> tuple[str | None, bool]:
    """What a database member says of itself, and whether the cluster's servers have sessions on it."""
    try:
        said = run_in_host(
            lab, host, ["mariadb", "--batch", "--skip-column-names"], stdin=MEMBER_QUERY, seconds=SECONDS
        )
        state, sessions = said.split()
    except (HostError, ValueError):
        return None, False
    return state, int(sessions) > 0


def _roles(workspace: Workspace) -> dict[str, tuple[str, ...]]:
    """Roles by host, as the last `up` was asked for."""
    if not workspace.settings.exists():
        return {}
    hosts = hosts_of(workspace.settings, workspace.project_name)
    return {name: tuple(host.get("roles", ())) for name, host in hosts.items() if isinstance(host, dict)}


def _memory(lab: Lab, state: HostState) -> int | None:
    """Of the host's control group: anonymous memory, which is what the machine can't do without."""
    if not state.running:
        return None
    for line in host_folder(lab, state.name).cgroups.read_text().splitlines():
        for name, key in (("memory.stat", "total_rss"), ("memory.stat", "anon")):
            file = Path(line.split(" ", 1)[1]) / name
            if file.exists():
                values = dict(each.split() for each in file.read_text().splitlines())
                if key in values:
                    return int(values[key])
    return None


def _or_empty(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return ask()
    except (NotUpError, StateError, OSError, ValueError, subprocess.TimeoutExpired):
        return {}


def _age(since: datetime | None, now: datetime) -> Text:
    if since is None:
        return Text("off", "red")
    seconds = int((now - since).total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return Text(f"{seconds // size} {unit}")
    return Text(f"{seconds} s")


def _good(text: str | None, wanted: str) -> Text:
    return Text(text, "green" if text == wanted else "red") if text else Text(NOTHING, "dim")


def _database(host: HostStatus) -> Text:
    if "database" not in host.roles:
        return Text("")
    state = _good(host.database or "silent", "Synced")
    return Text.assemble(state, " · writer") if host.writer else state
