"""MariaDB Galera: every member has a full copy; one of them is the writer, on 127.0.0.1:3306 of every k3s server."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pulumi
import pulumi_random as random

from components.datastore.configuration import arbitrator_settings, member_settings, membership
from components.datastore.endpoint import Endpoint
from components.hosts.host import Host, addresses_of
from components.proxy.local_proxy import local_proxy
from components.proxy.sections import WRITER_PORT, writer_section
from components.remote import Step, StepArgs

HERE = Path(__file__).parent


@dataclass(frozen=True)
class GaleraArgs:
    """Hosts by name; of the members, the first is the writer, and the others follow it in their order."""

    members: Mapping[str, Host]
    clients: Mapping[str, Host]
    """Hosts that use the datastore: the k3s servers."""
    arbitrator: Host | None = None
    databases: tuple[str, ...] = ()
    """Databases for other applications."""


class Galera(pulumi.ComponentResource):
    """The cluster's datastore. `endpoint` is what every k3s server connects to."""

    endpoint: Endpoint
    writer: str
    """Name of the member that all writes go to while it is well."""
    databases: dict[str, pulumi.Output[str]]
    """For each further database, the URL on a client's host: `mysql://…`; a secret."""

    def __init__(self, name: str, args: GaleraArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:datastore:Galera", name, None, opts)
        self._name, self._args = name, args
        self.writer = next(iter(args.members))
        self._addresses = addresses_of(args.members)

        packages = [self._install(member) for member in args.members.values()]
        members = self._start_one_after_another(packages)
        if args.arbitrator:
            members.append(self._vote(args.arbitrator, after=members))
        urls = {database: self._make_database(database, members) for database in ("k3s", *args.databases)}
        proxies = [self._point_at_writer(client, members) for client in args.clients.values()]

        self.endpoint = Endpoint(urls["k3s"].url, (*urls["k3s"].ready, *proxies))
        self.databases = {database: urls[database].url for database in args.databases}
        self.register_outputs({"endpoint": self.endpoint.url, "writer": self.writer, "databases": self.databases})

    def _install(self, host: Host) -> Step:
        return Step(
            f"{self._name}-packages-{host.name}",
            StepArgs(
                host,
                HERE / "galera_packages.sh",
                {
                    "ADDRESS": host.address,
                    "START_PROGRAM": (HERE / "member/start.py").read_text(),
                    "HEALTH_PROGRAM": (HERE / "member/health.py").read_text(),
                    "WATCH_PROGRAM": (HERE / "member/watch.py").read_text(),
                },
            ),
            self._child(),
        )

    def _start_one_after_another(self, packages: list[Step]) -> list[Step]:
        """The first to start makes the cluster, if there is none: it asks the others, so they must be installed."""
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
                HERE / "galera_member.sh",
                {
                    "MEMBER": host.name,
                    "ADDRESS": host.address,
                    "MEMBERS": self._addresses.apply(in_one_line),
                    "SETTINGS": host.address.apply(partial(member_settings, host.name)),
                    "MEMBERSHIP": pulumi.Output.all(self._addresses, arbitrator).apply(
                        lambda known: membership(host.name, known[0], known[1])
                    ),
                },
                delete=HERE / "galera_leave.sh",
            ),
            self._child(after),
        )

    def _vote(self, host: Host, after: list[Step]) -> Step:
        settings = pulumi.Output.all(host.address, self._addresses).apply(lambda known: arbitrator_settings(*known))
        return Step(
            f"{self._name}-arbitrator-{host.name}",
            StepArgs(
                host,
                HERE / "galera_arbitrator.sh",
                {"SETTINGS": settings},
                delete=HERE / "galera_arbitrator_leave.sh",
            ),
            self._child(after),
        )

    def _make_database(self, database: str, after: list[Step]) -> Endpoint:
        # Letters and digits only: the password is a part of a URL.
        secret = random.RandomPassword(
            f"{self._name}-{database}", length=40, special=False, opts=pulumi.ResourceOptions(parent=self)
        )
        step = Step(
            f"{self._name}-database-{database}",
            StepArgs(
                self._args.members[self.writer],
                HERE / "database.sh",
                {"DATABASE": database},
                {"PASSWORD": secret.result},
            ),
            self._child(after),
        )
        url = pulumi.Output.format("mysql://{0}:{1}@tcp(127.0.0.1:{2})/{0}", database, secret.result, WRITER_PORT)
        return Endpoint(pulumi.Output.secret(url), (step,))

    def _point_at_writer(self, host: Host, after: list[Step]) -> Step:
        section = self._addresses.apply(writer_section)
        return local_proxy(f"{self._name}-writer-{host.name}", host, "writer", section, self._child(after))

    def _child(self, after: list[Step] | None = None) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(after or []))


def in_one_line(addresses: Mapping[str, str]) -> str:
    """`NAME=ADDRESS,…`, as member/start.py reads it."""
    return ",".join(f"{name}={address}" for name, address in addresses.items())
