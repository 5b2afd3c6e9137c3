"""`bin/lab status`: one line for each host, with the state of the machine, its database and its node."""

import json
import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from components.look.findings.additions import has_additions
from components.look.findings.nodes import is_cordoned
from lab.access import NotUpError, kubectl_environment, kubectl_program
from lab.engine import StateError, Workspace, hosts_of, outputs, settings_of
from lab.hosts import HostError, HostState, list_hosts, run_in_host
from lab.hosts.store import host_folder
from lab.lab import OPERATOR, Lab
from lab.network import namespace_command
from lab.progress import Silence
from lab.trouble import Trouble, troubles

NOTHING = "-"
SECONDS = 10
"""Time limit for an answer of a host."""
NODES_SECONDS = 3
"""Time limit for an answer of the cluster."""
OF_ETCD = """
curl -s -m 5 http://127.0.0.1:2381/health && echo
curl -s -m 5 http://127.0.0.1:2381/metrics | grep -E '^etcd_server_is_(leader|learner) '
"""
"""Prints a member's health as JSON, and whether it leads the cluster or has no vote yet."""
MEMBER_QUERY = (
    "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'wsrep_local_state_comment';"
    "SELECT COUNT(*) FROM information_schema.processlist WHERE db = 'k3s' AND host LIKE '%:%'"
)


@dataclass(frozen=True)
class HostStatus:
    """One host. None: unknown, or the host does not have it."""

    cloud: str
    """`oracle`, `azure`, or `home` for existing machines."""
    roles: tuple[str, ...]
    tailnet_address: str | None
    public_address: str | None
    public_ipv6: str | None
    since: datetime | None
    """Time of its start; None if it is off."""
    node: str | None
    """`Ready`, `NotReady`, or None if it is not in the cluster."""
    database: str | None
    """State of the database member. Galera: `Synced`, `Donor/Desynced`, … etcd: `healthy`, `learner`, or what is
    wrong."""
    writer: bool
    """Whether it is the present writer; of etcd, the leader."""
    memory_bytes: int | None
    """Memory of its processes, without the page cache."""
    troubles: tuple[str, ...] = ()
    """What is not as the last `up` left it, or would harm the cluster."""
    next_end: datetime | None = None
    """When the first of its certificates ends."""
    backup: dict[str, Any] | None = None
    """What its timer for backups noted: components/look/facts.py, `Backup`."""
    cordoned: bool = False
    """Whether somebody told the scheduler to start no new pods there."""
    additions: tuple[str, ...] = ()
    """Files that change how the program's services run, and that no step wrote."""


@dataclass(frozen=True)
class NodeStatus:
    """A node of the cluster."""

    condition: str
    """`Ready` or `NotReady`."""
    cordoned: bool = False


@dataclass(frozen=True)
class Status:
    """The whole lab."""

    lab: str
    hosts: dict[str, HostStatus]
    certificates: dict[str, str] = field(default_factory=dict)
    """Of the stack's state: the days of their ends, as `2027-11-30`."""
    backups: str | None = None
    """Where backups are: the bucket's URL and the folder."""
    datastore: str | None = None
    """Where the cluster's state is, if it has no members: in words."""

    def to_json(self) -> str:
        """The status as JSON."""
        return json.dumps(asdict(self), default=lambda value: value.isoformat(), indent=2)


def look(workspace: Workspace) -> Status:
    """Asks all hosts and the cluster in parallel. Parts that do not answer stay empty."""
    lab = workspace.lab
    states = list_hosts(lab)
    roles = _roles(workspace)
    state_of = etcd_state if _kind_of_datastore(workspace) == "etcd" else member_state
    with ThreadPoolExecutor() as threads:
        nodes = threads.submit(_or_empty, lambda: nodes_of_cluster(workspace))
        known = threads.submit(_or_empty, lambda: outputs(workspace))
        wrong = threads.submit(_or_empty, lambda: troubles(workspace))
        members = {
            state.name: threads.submit(state_of, lab, state.name)
            for state in states
            if state.running and "database" in roles.get(state.name, ())
        }
        answered = {name: member.result() for name, member in members.items()}
        joined: dict[str, NodeStatus] = nodes.result()
        found: dict[str, Trouble] = {state.name: wrong.result().get(state.name, Trouble()) for state in states}
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
                    node=joined[state.name].condition if state.name in joined else None,
                    database=answered.get(state.name, (None, False))[0],
                    writer=answered.get(state.name, (None, False))[1],
                    memory_bytes=_memory(lab, state),
                    troubles=found[state.name].words,
                    next_end=found[state.name].next_end,
                    backup=noted.model_dump() if (noted := found[state.name].backup) else None,
                    cordoned=state.name in joined and joined[state.name].cordoned,
                    additions=found[state.name].additions,
                )
                for state in states
            },
            known.result().get("certificates", {}),
            known.result().get("backups"),
            known.result().get("datastore"),
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
            _node(host),
            _database(host),
            f"{host.memory_bytes / 2**20:.0f} MiB" if host.memory_bytes else NOTHING,
        )
    return shown


def trouble_lines(status: Status, now: datetime | None = None) -> list[str]:
    """A line for each thing that is wrong on a host, and for each certificate of the state that is over."""
    today = f"{now or datetime.now(UTC):%Y-%m-%d}"
    over = [
        f"the certificate `{name}` of the stack ended on {day}: run bin/lab up, which renews it"
        for name, day in status.certificates.items()
        if day < today
    ]
    return [f"{name}: {words}" for name, host in status.hosts.items() for words in host.troubles] + over


def notes(status: Status) -> list[str]:
    """A line for each thing that somebody did by hand, and that `up` leaves: it may be on purpose."""
    cordoned = [f"{name}: {is_cordoned(name)}" for name, host in status.hosts.items() if host.cordoned]
    additions = [f"{name}: {has_additions(host.additions)}" for name, host in status.hosts.items() if host.additions]
    return cordoned + additions


def next_end(status: Status, now: datetime | None = None) -> str | None:
    """A line that says which certificate ends next. None: none is known."""
    days = [(day, f"the certificate `{name}` of the stack") for name, day in status.certificates.items()]
    days += [
        (f"{host.next_end:%Y-%m-%d}", f"a certificate on {name}")
        for name, host in status.hosts.items()
        if host.next_end
    ]
    if not days:
        return None
    day, what = min(days)
    left = (datetime.fromisoformat(day).replace(tzinfo=UTC) - (now or datetime.now(UTC))).days
    return f"ends next: {what}, on {day} ({left} days)"


def nodes_of_cluster(workspace: Workspace) -> dict[str, NodeStatus]:
    """All nodes of the cluster. Raises NotUpError, OSError or ValueError."""
    # First: without a cluster, do not build kubectl.
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **kubectl_environment(workspace)}
    command = [
        str(kubectl_program(workspace, Silence())),
        "get",
        "nodes",
        "-o",
        "json",
        f"--request-timeout={NODES_SECONDS}s",
    ]
    inside = namespace_command(workspace.lab, OPERATOR, command)
    result = subprocess.run(inside, env=environment, capture_output=True, text=True, timeout=2 * SECONDS, check=False)
    return parse_nodes(json.loads(result.stdout)) if result.returncode == 0 else {}


def parse_nodes(listed: Mapping[str, Any]) -> dict[str, NodeStatus]:
    """From Kubernetes' list of nodes."""
    found = {}
    for node in listed["items"]:
        ready = any(each["type"] == "Ready" and each["status"] == "True" for each in node["status"]["conditions"])
        cordoned = bool(node["spec"].get("unschedulable"))
        found[node["metadata"]["name"]] = NodeStatus("Ready" if ready else "NotReady", cordoned)
    return found


def member_state(lab: Lab, host: str) -> tuple[str | None, bool]:
    """The state of a database member, and whether k3s servers have sessions with it."""
    try:
        said = run_in_host(
            lab, host, ["mariadb", "--batch", "--skip-column-names"], stdin=MEMBER_QUERY, seconds=SECONDS
        )
        state, sessions = said.split()
    except (HostError, ValueError):
        return None, False
    return state, int(sessions) > 0


def etcd_state(lab: Lab, host: str) -> tuple[str | None, bool]:
    """The state of a member of etcd, and whether it leads the cluster."""
    try:
        health, *facts = run_in_host(lab, host, ["bash", "-c", OF_ETCD], seconds=SECONDS).splitlines()
        found = json.loads(health)
    except (HostError, ValueError):
        return None, False
    if found.get("health") != "true":
        return str(found.get("reason") or "unhealthy").lower(), False
    return "learner" if "etcd_server_is_learner 1" in facts else "healthy", "etcd_server_is_leader 1" in facts


def _kind_of_datastore(workspace: Workspace) -> str | None:
    """Of the settings of the last `up`. None: they name none, so the stack has the default."""
    if not workspace.settings.exists():
        return None
    datastore = settings_of(workspace.settings, workspace.project_name).get("datastore")
    return datastore.get("kind") if isinstance(datastore, dict) else None


def _roles(workspace: Workspace) -> dict[str, tuple[str, ...]]:
    """Roles by host, from the settings of the last `up`."""
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


def _node(host: HostStatus) -> Text:
    state = _good(host.node, "Ready")
    return Text.assemble(state, " · ", ("cordoned", "yellow")) if host.cordoned else state


def _database(host: HostStatus) -> Text:
    if "database" not in host.roles:
        return Text("")
    is_etcd = host.database == "healthy"
    state = _good(host.database or "silent", "healthy" if is_etcd else "Synced")
    return Text.assemble(state, " · leader" if is_etcd else " · writer") if host.writer else state
