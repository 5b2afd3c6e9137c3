"""MariaDB Galera: every member has a full copy. k3s servers reach the writer at their own 127.0.0.1:3306."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pulumi
import pulumi_random as random

from components.datastore.endpoint import PODS_HOST, Endpoint, PodAccess
from components.datastore.galera.configuration import arbitrator_settings, member_settings, membership
from components.datastore.galera.ports import DATABASES_PORT, MEMBER_PORTS, WRITER_PORT
from components.datastore.galera.sections import databases_section, writer_section
from components.datastore.galera.voters import Voters
from components.datastore.kind import Fill, fill_nothing
from components.hosts.host import Host, addresses_of
from components.overlay.facts import OverlayFacts
from components.proxy.local_proxy import local_proxy
from components.remote import CleanupStep, Step, StepArgs

HERE = Path(__file__).parent
MEMBER_PLACE = {"FILE": "/etc/mysql/mariadb.conf.d/60-galera.cnf", "UNIT": "mariadb.service", "READY": "is_synced"}
ARBITRATOR_PLACE = {"FILE": "/etc/default/garb", "UNIT": "garb.service", "READY": "is_connected"}
"""Values of only_tls.sh."""


@dataclass(frozen=True)
class GaleraArgs:
    """Hosts by name. The first member is the writer. If it fails, the next one in order takes over."""

    overlay: OverlayFacts
    """The network that connects the members."""
    members: Mapping[str, Host]
    clients: Mapping[str, Host]
    """Hosts that use the datastore: the k3s servers."""
    nodes: Mapping[str, Host] = field(default_factory=dict)
    """Hosts whose pods use `databases`."""
    arbitrator: Host | None = None
    databases: tuple[str, ...] = ()
    """Databases for other applications."""
    suspect_seconds: int = 2
    """How long a member may be silent before the others outvote it."""
    fill: Fill = fill_nothing
    """Fills the databases from a backup."""


class Galera(pulumi.ComponentResource):
    """The cluster's datastore. `endpoint` is what every k3s server connects to."""

    members: Mapping[str, Host]
    endpoint: Endpoint
    for_pods: PodAccess | None
    certificates: Mapping[str, pulumi.Output[str]]
    outputs: Mapping[str, Any]
    """`writer`: name of the member that receives all writes while it is healthy. `databases`: for each further database
    the URL `mysql://…` that pods use; a secret."""

    def __init__(self, name: str, args: GaleraArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:datastore:Galera", name, None, opts)
        self._name, self._args = name, args
        self.members = args.members
        self._writer = next(iter(args.members))
        self._addresses = addresses_of(args.members)
        arbitrators = {args.arbitrator.name: args.arbitrator} if args.arbitrator else {}
        self._voters = Voters(name, {**args.members, **arbitrators}, self._child())
        self.certificates = {f"{name}-{host}": pem for host, pem in self._voters.certificates.items()}

        leaves = self._leave_one_after_another()
        packages = [self._install(member, leaves[member.name]) for member in args.members.values()]
        members = self._start_one_after_another(packages)
        if args.arbitrator:
            members.append(self._vote(args.arbitrator, after=members))
        members = self._refuse_strangers(members)
        own = self._make_database("k3s", f"127.0.0.1:{WRITER_PORT}", members)
        for_pods = f"{PODS_HOST}:{WRITER_PORT}"
        further = {database: self._make_database(database, for_pods, members) for database in args.databases}
        proxies = [self._point_at_writer(client, members) for client in args.clients.values()]
        ways = self._lead_pods(members) if args.databases else {}
        self.for_pods = PodAccess("mysql", WRITER_PORT, DATABASES_PORT, (*ways.values(),)) if args.databases else None
        # k3s starts after HAProxy's last restart on its host.
        proxies += [step for host, step in ways.items() if host in args.clients]

        ready = (*own.ready, *proxies)
        filled = args.fill(args.members[self._writer], ready)
        self.endpoint = Endpoint(own.url, (*ready, *filled), MEMBER_PORTS)
        databases = {database: one.url for database, one in further.items()}
        self.outputs = {"writer": self._writer, "databases": pulumi.Output.secret(databases)}
        self.register_outputs({"endpoint": self.endpoint.url, "writer": self._writer, "databases": databases})

    def _leave_one_after_another(self) -> dict[str, CleanupStep]:
        """Cleanup steps of all members, in an order: when all members leave, the first is the last to leave."""
        leaves: dict[str, CleanupStep] = {}
        for host in self._args.members.values():
            leaves[host.name] = CleanupStep(
                f"{self._name}-member-{host.name}-leave",
                StepArgs(host, HERE / "leave.sh"),
                [f"{self._name}-{step}-{host.name}" for step in ("packages", "member", "transfer", "tls")],
                self._child([*leaves.values()][-1:]),
            )
        return leaves

    def _install(self, host: Host, leave: CleanupStep) -> Step:
        return Step(
            f"{self._name}-packages-{host.name}",
            StepArgs(
                host,
                HERE / "packages.sh",
                {
                    "ADDRESS": host.address,
                    "OVERLAY_UNIT": self._args.overlay.unit,
                    "START_PROGRAM": (HERE / "member/start.py").read_text(),
                    "HEALTH_PROGRAM": (HERE / "member/health.py").read_text(),
                    "WATCH_PROGRAM": (HERE / "member/watch.py").read_text(),
                },
            ),
            self._child([leave]),
        )

    def _start_one_after_another(self, packages: list[Step]) -> list[Step]:
        """The first member creates the cluster, if none exists. It asks the others first, so all must be installed."""
        steps: list[Step] = []
        for host in self._args.members.values():
            steps.append(self._start(host, after=[*packages, *steps[-1:]]))
        return steps

    def _start(self, host: Host, after: list[Step]) -> Step:
        arbitrator = self._args.arbitrator.address if self._args.arbitrator else None
        return Step(
            f"{self._name}-member-{host.name}",
            StepArgs(
                host,
                (HERE / "group.sh", HERE / "member.sh"),
                {
                    **self._voters.values(host),
                    "MEMBER": host.name,
                    "ADDRESS": host.address,
                    "MEMBERS": self._addresses.apply(in_one_line),
                    "SETTINGS": self._settings(host),
                    "MEMBERSHIP": pulumi.Output.all(self._addresses, arbitrator).apply(
                        lambda known: membership(host.name, known[0], known[1])
                    ),
                },
                self._voters.secrets(host),
                minutes=60,  # copying a large database to a joining member takes time
            ),
            self._child(after),
        )

    def _vote(self, host: Host, after: list[Step]) -> Step:
        name = f"{self._name}-arbitrator-{host.name}"
        undoes = [name, f"{self._name}-tls-{host.name}"]
        leave = CleanupStep(f"{name}-leave", StepArgs(host, HERE / "arbitrator_leave.sh"), undoes, self._child(after))
        values: dict[str, pulumi.Input[str]] = {
            **self._voters.values(host),
            "SETTINGS": self._settings(host),
            "OVERLAY_UNIT": self._args.overlay.unit,
        }
        step = StepArgs(host, (HERE / "group.sh", HERE / "arbitrator.sh"), values, self._voters.secrets(host))
        return Step(name, step, self._child([*after, leave]))

    def _refuse_strangers(self, after: list[Step]) -> list[Step]:
        """Once all voters have certificates: encrypted copies on all members, then TLS only on one voter at a time."""
        steps: list[Step] = []
        for host in self._args.members.values():
            args = StepArgs(host, (HERE / "group.sh", HERE / "transfer.sh"), self._voters.others(host))
            steps.append(Step(f"{self._name}-transfer-{host.name}", args, self._child(after)))
        for host in self._voters.hosts.values():
            values: dict[str, pulumi.Input[str]] = {
                **self._voters.others(host),
                **(MEMBER_PLACE if host.name in self._args.members else ARBITRATOR_PLACE),
                "SETTINGS": self._settings(host),
            }
            args = StepArgs(host, (HERE / "group.sh", HERE / "only_tls.sh"), values, minutes=60)
            steps.append(Step(f"{self._name}-tls-{host.name}", args, self._child([*after, *steps])))
        return steps

    def _settings(self, host: Host) -> pulumi.Output[str]:
        seconds = self._args.suspect_seconds
        if host.name in self._args.members:
            return host.address.apply(partial(member_settings, host.name, seconds))
        known = pulumi.Output.all(host.address, self._addresses)
        return known.apply(lambda known: arbitrator_settings(seconds, *known))

    def _make_database(self, database: str, at: str, after: list[Step]) -> Endpoint:
        # Letters and digits only, because the password is part of a URL.
        secret = random.RandomPassword(
            f"{self._name}-{database}", length=40, special=False, opts=pulumi.ResourceOptions(parent=self)
        )
        step = Step(
            f"{self._name}-database-{database}",
            StepArgs(
                self._args.members[self._writer],
                HERE / "database.sh",
                {"DATABASE": database},
                {"PASSWORD": secret.result},
            ),
            self._child(after),
        )
        url = pulumi.Output.format("mysql://{0}:{1}@tcp({2})/{0}", database, secret.result, at)
        return Endpoint(pulumi.Output.secret(url), (step,))

    def _point_at_writer(self, host: Host, after: list[Step]) -> Step:
        section = self._addresses.apply(writer_section)
        return local_proxy(f"{self._name}-writer-{host.name}", host, "writer", section, self._child(after))

    def _lead_pods(self, after: list[Step]) -> dict[str, Step]:
        """One node after another: a change ends the sessions of this host with the database."""
        ways: dict[str, Step] = {}
        for host in self._args.nodes.values():
            section = pulumi.Output.all(host.address, self._addresses).apply(
                lambda known: databases_section(DATABASES_PORT, *known)
            )
            name, before = f"{self._name}-databases-{host.name}", [*ways.values()][-1:]
            ways[host.name] = local_proxy(name, host, "databases", section, self._child([*after, *before]))
        return ways

    def _child(self, after: Sequence[pulumi.Resource] = ()) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(after))


def in_one_line(addresses: Mapping[str, str]) -> str:
    """`NAME=ADDRESS,…`, as member/start.py reads it."""
    return ",".join(f"{name}={address}" for name, address in addresses.items())
