"""Hosts of a lab with the steps of voters run on them: a Galera cluster without a tailnet and without k3s."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from subprocess import run

from components.datastore.galera.configuration import arbitrator_settings, member_settings, membership
from components.datastore.galera.galera import ARBITRATOR_PLACE, HERE, MEMBER_PLACE
from components.rendering import PRELUDE, assignments
from lab.distribution.packages import package_repository
from lab.hosts import AttachedVolume, Rule, create_host, list_hosts, run_in_host
from lab.image import build_image
from lab.lab import Lab
from lab.network import create_network
from lab.progress import Silence
from tests.components.datastore.galera.signing import Signing
from tests.lab.hosts.real_lab import spec, wait_until_up

FROM_EACH_OTHER = Rule("ingress", "all", "10.0.0.0/24")


@dataclass(frozen=True)
class Members:
    """Members by the numbers of their hosts, the writer first."""

    lab: Lab
    numbers: Sequence[int]
    volumes: Mapping[int, AttachedVolume] = field(default_factory=dict)
    """By the number of the host."""
    arbitrator: int | None = None
    """Number of a further host."""
    strangers: Sequence[int] = ()
    """Numbers of further hosts, on which nothing is set up."""
    signing: Signing = field(default_factory=Signing)
    """The authority that signs certificates of voters."""

    @property
    def addresses(self) -> dict[str, str]:
        """By name, in order."""
        return {f"host-{number}": f"10.0.0.{number}" for number in self.numbers}

    def on(self, name: str, script: str, seconds: float = 120) -> str:
        """What a script prints that root runs on a host. Raises if it fails."""
        return run_in_host(self.lab, name, ["bash", "-ec", script], seconds=seconds)

    @property
    def voters(self) -> dict[str, str]:
        """Addresses by name, of members and the arbitrator."""
        number = self.arbitrator
        return self.addresses | ({f"host-{number}": f"10.0.0.{number}"} if number else {})

    def step(self, name: str, *scripts: str, **other: str) -> str:
        """Runs scripts of a voter there as one, without a connection. Gives what they said. `other`: other values."""
        addresses, address = self.addresses, self.voters[name]
        arbitrator = None if self.arbitrator is None else f"10.0.0.{self.arbitrator}"
        is_member = name in addresses
        settings = member_settings(name, 2, address) if is_member else arbitrator_settings(2, address, addresses)
        values = {
            "HOST": name,
            "STEP": "thing",
            "MEMBER": name,
            "ADDRESS": address,
            "OVERLAY_UNIT": "network.target",
            "START_PROGRAM": (HERE / "member/start.py").read_text(),
            "HEALTH_PROGRAM": (HERE / "member/health.py").read_text(),
            "WATCH_PROGRAM": (HERE / "member/watch.py").read_text(),
            "SETTINGS": settings,
            "MEMBERSHIP": membership(name, addresses, arbitrator),
            "MEMBERS": ",".join(f"{member}={address}" for member, address in addresses.items()),
            "OTHERS": " ".join(other for voter, other in self.voters.items() if voter != name),
            **(MEMBER_PLACE if is_member else ARBITRATOR_PLACE),
            **self.signing.values(name, address),
            **other,
        }
        text = "\n".join((HERE / script).read_text() for script in ("group.sh", *scripts))
        text = f"exec 2>&1\n{assignments(values)}{PRELUDE.read_text()}\n{text}"
        return run_in_host(self.lab, name, ["bash", "-s"], stdin=text, seconds=300)

    def set_up(self) -> None:
        """All steps of all voters, in the program's order."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda name: self.step(name, "packages.sh"), self.addresses))
        for name in self.addresses:
            self.step(name, "member.sh")
        for name in set(self.voters) - set(self.addresses):
            self.step(name, "arbitrator.sh")
        for name in self.addresses:
            self.step(name, "transfer.sh")
        for name in self.voters:
            self.step(name, "only_tls.sh")

    def create(self, before: str = "") -> None:
        """Brings the cluster up. `before`: a script for each host, before its first step."""
        self.create_hosts(before)
        self.set_up()

    def create_hosts(self, before: str = "") -> None:
        """Hosts on which packages can be installed."""
        build_image(Silence())
        packages = package_repository(Silence())
        create_network(self.lab)
        for number in [*self.numbers, *([self.arbitrator] if self.arbitrator else []), *self.strangers]:
            volumes = tuple(volume for host, volume in self.volumes.items() if host == number)
            create_host(self.lab, replace(spec(number, FROM_EACH_OTHER), volumes=volumes))
        for host in list_hosts(self.lab):
            wait_until_up(self.lab, host.name)
            run(["cp", "-r", str(packages), f"/proc/{host.pid}/root/packages"], check=True)
            self.on(host.name, f"echo 'deb [trusted=yes] file:/packages ./' >/etc/apt/sources.list\n{before}")
