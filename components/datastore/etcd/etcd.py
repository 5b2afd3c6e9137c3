"""etcd: three or five members, each with a full copy. k3s servers know all members, and any of them answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pulumi

from components.artefacts import etcd as etcd_artefact
from components.datastore.authority import create_authority, identify, identify_host
from components.datastore.endpoint import Endpoint, PodAccess
from components.datastore.etcd.configuration import PEER_NAME, member_settings
from components.datastore.etcd.ports import CLIENT_PORT, MEMBER_PORTS
from components.datastore.etcd.settings import EtcdSettings
from components.datastore.kind import Fill, fill_nothing
from components.hosts.host import Host, addresses_of, answering_first
from components.overlay.facts import OverlayFacts
from components.remote import CleanupStep, Step, StepArgs
from components.settings.downloads import Downloads

HERE = Path(__file__).parent
VERBS = HERE / "etcdctl.sh"
UPKEEP_MINUTES = 10
"""Between the members' turns of upkeep."""


@dataclass(frozen=True)
class EtcdArgs:
    """Members by name. If there is no cluster, the first one creates it, and the others join."""

    settings: EtcdSettings
    overlay: OverlayFacts
    """The network that connects the members."""
    members: Mapping[str, Host]
    downloads: Downloads = field(default_factory=Downloads)
    fill: Fill = fill_nothing
    """Gives the first member data from a backup."""


class Etcd(pulumi.ComponentResource):
    """The cluster's datastore. `endpoint` is what every k3s server connects to."""

    members: Mapping[str, Host]
    endpoint: Endpoint
    for_pods: PodAccess | None = None
    """Pods have no databases in it."""
    outputs: Mapping[str, Any]
    """None of its own."""
    certificates: Mapping[str, pulumi.Output[str]]
    """Of each member, and of k3s."""

    def __init__(self, name: str, args: EtcdArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:datastore:Etcd", name, None, opts)
        self._name, self._args = name, args
        self.members, self.outputs = args.members, {}
        self._addresses = addresses_of(args.members)
        self._authority = create_authority(f"{name}-authority", self._child())
        client = identify(f"{name}-client", self._authority, "k3s", opts=self._child())
        self._servers = {
            host.name: identify_host(f"{name}-server-{host.name}", self._authority, host, self._child())
            for host in args.members.values()
        }
        servers = {f"{name}-{host}": server.certificate for host, server in self._servers.items()}
        self.certificates = {f"{name}-client": client.certificate, **servers}

        leaves = self._leave_one_after_another()
        installed = [self._install(place, host, leaves[host.name]) for place, host in enumerate(args.members.values())]
        filled = self._fill(installed)
        members = self._start_one_after_another([*installed, *filled])
        others_left = self._remove_others(members)

        url = self._addresses.apply(endpoints)
        self.endpoint = Endpoint(
            url, (*members, others_left), MEMBER_PORTS, self._authority.certificate, client.certificate, client.key
        )
        self.register_outputs({"endpoint": url})

    def _leave_one_after_another(self) -> dict[str, CleanupStep]:
        """Cleanup steps of all members, in an order: when all members leave, the first is the last to leave."""
        leaves: dict[str, CleanupStep] = {}
        for host in self._args.members.values():
            leaves[host.name] = CleanupStep(
                f"{self._step('member', host)}-leave",
                StepArgs(host, (VERBS, HERE / "leave.sh")),
                [self._step("program", host), self._step("member", host)],
                self._child([*leaves.values()][-1:]),
            )
        return leaves

    def _install(self, place: int, host: Host, leave: CleanupStep) -> Step:
        args = self._args
        artefact = etcd_artefact(host.architecture, args.downloads.mirror, args.settings.sha256.of(host.architecture))
        values: dict[str, pulumi.Input[str]] = {
            "URL": artefact.url,
            "SHA256": artefact.sha256,
            "CHECKSUM_URL": artefact.checksum_url,
            "NAME": artefact.name,
            "ADDRESS": host.address,
            "OVERLAY_UNIT": args.overlay.unit,
            "UPKEEP_PROGRAM": (HERE / "upkeep.py").read_text(),
            "SLOT": f"{place * UPKEEP_MINUTES:02}",
        }
        return Step(self._step("program", host), StepArgs(host, HERE / "install.sh", values), self._child([leave]))

    def _fill(self, installed: list[Step]) -> Sequence[pulumi.Resource]:
        """Before the first member starts: only a snapshot that etcd starts with brings a higher revision with it. The
        other members copy from the first, so all have the same snapshot, and only one host sees the private key."""
        first = next(iter(self._args.members.values()))
        return self._args.fill(
            first, installed, member=first.name, address=first.address, members=self._addresses.apply(in_one_line)
        )

    def _start_one_after_another(self, installed: list[pulumi.Resource]) -> list[Step]:
        """The first member creates the cluster, if none exists. It asks the others first, so all must be installed."""
        steps: list[Step] = []
        for host in self._args.members.values():
            steps.append(self._start(host, after=[*installed, *steps[-1:]]))
        return steps

    def _start(self, host: Host, after: Sequence[pulumi.Resource]) -> Step:
        settings = self._args.settings
        text = partial(member_settings, host.name, settings.heartbeat_ms, settings.election_ms, settings.quota_mb)
        server = self._servers[host.name]
        peer = identify(
            f"{self._name}-peer-{host.name}",
            self._authority,
            PEER_NAME,
            [host.address, "127.0.0.1"],
            self._child(),
        )
        return Step(
            self._step("member", host),
            StepArgs(
                host,
                (VERBS, HERE / "member.sh"),
                {
                    "MEMBER": host.name,
                    "ADDRESS": host.address,
                    "MEMBERS": self._addresses.apply(in_one_line),
                    "SETTINGS": host.address.apply(text),
                    "AUTHORITY": _one_text(self._authority.certificate),
                    "SERVER_CERTIFICATE": _one_text(server.certificate),
                    "PEER_CERTIFICATE": _one_text(peer.certificate),
                },
                {"SERVER_KEY": server.key, "PEER_KEY": peer.key},
                minutes=60,  # copying a large database to a joining member takes time
            ),
            self._child(after),
        )

    def _remove_others(self, members: list[Step]) -> Step:
        by = answering_first(self._args.members.values())[0]
        step = StepArgs(by, (VERBS, HERE / "members.sh"), {"MEMBERS": self._addresses.apply(in_one_line)})
        return Step(f"{self._name}-members", step, self._child(members))

    def _step(self, kind: str, host: Host) -> str:
        return f"{self._name}-{kind}-{host.name}"

    def _child(self, after: Sequence[pulumi.Resource] = ()) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(after))


def endpoints(addresses: Mapping[str, str]) -> str:
    """k3s's `datastore-endpoint`: all members, by their addresses."""
    return ",".join(f"https://{address}:{CLIENT_PORT}" for address in addresses.values())


def in_one_line(addresses: Mapping[str, str]) -> str:
    """`NAME=ADDRESS,…`, as the scripts read it."""
    return ",".join(f"{name}={address}" for name, address in addresses.items())


def _one_text(pem: pulumi.Output[str]) -> pulumi.Output[str]:
    return pem.apply(lambda text: text.rstrip("\n"))
