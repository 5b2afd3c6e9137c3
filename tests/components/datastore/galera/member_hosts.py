"""Hosts of a lab with the member's own steps run on them: a Galera cluster without a tailnet and without k3s."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from subprocess import run

from components.datastore.galera.configuration import member_settings, membership
from components.datastore.galera.galera import HERE
from components.rendering import PRELUDE, assignments
from lab.distribution.packages import package_repository
from lab.hosts import AttachedVolume, Rule, create_host, list_hosts, run_in_host
from lab.image import build_image
from lab.lab import Lab
from lab.network import create_network
from lab.progress import Silence
from tests.lab.hosts.real_lab import spec, wait_until_up

FROM_EACH_OTHER = Rule("ingress", "all", "10.0.0.0/24")


@dataclass(frozen=True)
class Members:
    """Members by the numbers of their hosts, the writer first."""

    lab: Lab
    numbers: Sequence[int]
    volumes: Mapping[int, AttachedVolume] = field(default_factory=dict)
    """By the number of the host."""

    @property
    def addresses(self) -> dict[str, str]:
        """By name, in order."""
        return {f"host-{number}": f"10.0.0.{number}" for number in self.numbers}

    def on(self, name: str, script: str, seconds: float = 120) -> str:
        """What a script prints that root runs on a host. Raises if it fails."""
        return run_in_host(self.lab, name, ["bash", "-ec", script], seconds=seconds)

    def step(self, name: str, script: str) -> str:
        """Runs one of the member's scripts there, without a connection. Gives what it said."""
        addresses = self.addresses
        values = {
            "HOST": name,
            "STEP": "thing",
            "MEMBER": name,
            "ADDRESS": addresses[name],
            "OVERLAY_UNIT": "network.target",
            "START_PROGRAM": (HERE / "member/start.py").read_text(),
            "HEALTH_PROGRAM": (HERE / "member/health.py").read_text(),
            "WATCH_PROGRAM": (HERE / "member/watch.py").read_text(),
            "SETTINGS": member_settings(name, 2, addresses[name]),
            "MEMBERSHIP": membership(name, addresses, None),
            "MEMBERS": ",".join(f"{member}={address}" for member, address in addresses.items()),
        }
        text = f"exec 2>&1\n{assignments(values)}{PRELUDE.read_text()}\n{(HERE / script).read_text()}"
        return run_in_host(self.lab, name, ["bash", "-s"], stdin=text, seconds=300)

    def create(self, before: str = "") -> None:
        """Brings the cluster up. `before`: a script for each host, before its first step."""
        build_image(Silence())
        packages = package_repository(Silence())
        create_network(self.lab)
        for number in self.numbers:
            volumes = tuple(volume for host, volume in self.volumes.items() if host == number)
            create_host(self.lab, replace(spec(number, FROM_EACH_OTHER), volumes=volumes))
        for host in list_hosts(self.lab):
            wait_until_up(self.lab, host.name)
            run(["cp", "-r", str(packages), f"/proc/{host.pid}/root/packages"], check=True)
            self.on(host.name, f"echo 'deb [trusted=yes] file:/packages ./' >/etc/apt/sources.list\n{before}")
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda name: self.step(name, "packages.sh"), self.addresses))
        for name in self.addresses:
            self.step(name, "member.sh")
