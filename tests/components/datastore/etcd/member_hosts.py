"""Hosts of a lab with the member's own steps run on them: an etcd cluster without a tailnet and without k3s."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import run

from components.artefacts import ETCD_VERSION
from components.datastore.etcd.configuration import PEER_NAME, TLS, member_settings
from components.datastore.etcd.etcd import HERE, in_one_line
from components.rendering import PRELUDE, assignments
from lab.distribution.build import build_programs
from lab.distribution.inputs import checksum
from lab.distribution.mirror import ETCD, publish
from lab.distribution.packages import package_repository
from lab.distribution.programs import GROUPS
from lab.hosts import HostError, Rule, create_host, delete_lab, list_hosts, run_in_host
from lab.image import build_image
from lab.lab import Lab
from lab.network import create_network
from lab.progress import Silence
from tests.components.datastore.etcd.pki import Signed, TestAuthority
from tests.lab.hosts.real_lab import remains, spec, wait_until_up

FROM_EACH_OTHER = Rule("ingress", "all", "10.0.0.0/24")
ARCHIVE = f"etcd-v{ETCD_VERSION}-linux-amd64.tar.gz"


@dataclass
class Members:
    """Members by the numbers of their hosts. What tests change is what the next step is told."""

    lab: Lab
    numbers: Sequence[int]
    authority: TestAuthority = field(default_factory=TestAuthority.create)
    heartbeat_ms: int = 100
    election_ms: int = 1000
    quota_mb: int = 256
    sha256: str = ""
    signed: dict[str, Signed] = field(default_factory=dict)

    @property
    def addresses(self) -> dict[str, str]:
        """By name, in order."""
        return {f"host-{number}": f"10.0.0.{number}" for number in self.numbers}

    def on(self, name: str, script: str, seconds: float = 120) -> str:
        """What a script prints that root runs on a host. Raises if it fails."""
        return run_in_host(self.lab, name, ["bash", "-ec", script], seconds=seconds)

    def fails(self, name: str, script: str) -> str:
        """What a script says that root runs on a host, and that has to fail."""
        try:
            said = self.on(name, f"({script}) 2>&1")
        except HostError as error:
            return str(error)
        raise AssertionError(f"{name}: {script} succeeds, and says {said}")

    def step(self, name: str, *scripts: str, **values: str) -> str:
        """Runs scripts of the member there, without a connection. Gives what they said. Raises if they fail."""
        address = self.addresses.get(name, f"10.0.0.{name.rpartition('-')[2]}")
        settings = member_settings(name, self.heartbeat_ms, self.election_ms, self.quota_mb, address)
        server, peer = self._sign(f"server {name}", name, address), self._sign(f"peer {name}", PEER_NAME, address)
        given = {
            "HOST": name,
            "STEP": "thing",
            "MEMBER": name,
            "ADDRESS": address,
            "MEMBERS": in_one_line(self.addresses),
            "OVERLAY_UNIT": "network.target",
            "UPKEEP_PROGRAM": (HERE / "upkeep.py").read_text(),
            "SLOT": "00",
            "URL": f"file:///root/{ARCHIVE}",
            "SHA256": self.sha256,
            "CHECKSUM_URL": "",
            "NAME": ARCHIVE,
            "SETTINGS": settings,
            "AUTHORITY": self.authority.certificate,
            "SERVER_CERTIFICATE": server.certificate,
            "SERVER_KEY": server.key,
            "PEER_CERTIFICATE": peer.certificate,
            "PEER_KEY": peer.key,
            **values,
        }
        texts = [(HERE / script).read_text() for script in scripts]
        text = "\n".join([f"exec 2>&1\n{assignments(given)}{PRELUDE.read_text()}", *texts])
        return run_in_host(self.lab, name, ["bash", "-s"], stdin=text, seconds=300)

    def _sign(self, what: str, name: str, address: str) -> Signed:
        key = f"{what} {address}"
        if key not in self.signed:
            self.signed[key] = self.authority.sign(name, address, "127.0.0.1")
        return self.signed[key]

    def join(self, name: str) -> str:
        """The step of a member."""
        return self.step(name, "etcdctl.sh", "member.sh")

    def start(self, number: int) -> str:
        """A new host, on which etcd is installed. Gives its name."""
        create_host(self.lab, spec(number, FROM_EACH_OTHER))
        name = f"host-{number}"
        wait_until_up(self.lab, name)
        pid = next(host.pid for host in list_hosts(self.lab) if host.name == name)
        packages = package_repository(Silence())
        run(["cp", "-r", str(packages), f"/proc/{pid}/root/packages"], check=True)
        run(["cp", str(self.lab.root / "mirror" / ETCD / ARCHIVE), f"/proc/{pid}/root/root/"], check=True)
        self.on(name, "echo 'deb [trusted=yes] file:/packages ./' >/etc/apt/sources.list")
        self.step(name, "install.sh")
        return name

    def create(self) -> None:
        """Brings the cluster up."""
        publish(build_programs(GROUPS["etcd"], Silence()), self.lab.root / "mirror")
        self.sha256 = checksum(self.lab.root / "mirror" / ETCD / ARCHIVE)
        build_image(Silence())
        package_repository(Silence())
        create_network(self.lab)
        with ThreadPoolExecutor() as pool:
            list(pool.map(self.start, self.numbers))
        for name in self.addresses:
            self.join(name)

    def ctl(self, name: str, command: str, at: str = "https://127.0.0.1:2379") -> str:
        """What etcdctl prints on a host."""
        files = f"--cacert {TLS}/authority.crt --cert {TLS}/server.pem --key {TLS}/server.pem"
        return self.on(name, f"etcdctl --endpoints {at} {files} {command}")

    def listed(self, name: str) -> dict[str, str]:
        """Members by name, as a member lists them: their state, and whether they have a vote."""
        lines = [line.split(", ") for line in self.ctl(name, "member list -w simple").splitlines()]
        return {one[2]: f"{one[1]}, {'no vote' if one[5] == 'true' else 'votes'}" for one in lines}

    def leader(self) -> str:
        """The name of the leader."""
        asked = "curl -s http://127.0.0.1:2381/metrics | grep -q '^etcd_server_is_leader 1' && echo yes || echo no"
        return next(name for name in self.addresses if self.on(name, asked).strip() == "yes")


@contextmanager
def etcd_lab(name: str, folder: Path, *numbers: int) -> Iterator[Members]:
    """A cluster of these hosts. Nothing of it is left afterwards."""
    members = Members(Lab(name, folder), numbers)
    try:
        members.create()
        yield members
    finally:
        delete_lab(members.lab)
    assert remains(members.lab) == []
