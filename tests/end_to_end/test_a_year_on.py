"""A year on: k3s' certificates are old, on one host and then on all. The timer, or an `up`, renews them.

The clock stays: the certificates' dates are what they would be.
"""

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from lab.engine import outputs
from lab.hosts import run_in_host
from tests.end_to_end.running import RunningLab, eventually
from tests.end_to_end.visitor import Visitor

FOLDER = "/var/lib/rancher/k3s"
READ = f"cd {FOLDER}; for file in server/tls/*.crt server/tls/*-ca.key agent/*.crt; do"
READ += ' [ ! -e "$file" ] || echo "$file $(base64 -w 0 "$file")"; done'
TURN = """set -eu
mkdir -p /run/clock
slot=$(sed -n 's/^declare -- SLOT="\\(.*\\)"/\\1/p' /usr/local/sbin/k3s-renewal)
cat >/run/clock/date <<END
#!/bin/sh
[ "\\$1" = +%s ] && echo $((3600 * (30 * 1000 + slot))) || exec /bin/date "\\$@"
END
chmod 755 /run/clock/date
PATH=/run/clock:$PATH /usr/local/sbin/k3s-renewal
"""
"""The timer's program, in the hour of its host."""


DAYS_LEFT = (-30, -425)
"""Of certificates for a year, 13 and 26 months after they were made."""
KUBECONFIG = "/etc/rancher/k3s/k3s.yaml"
SHORT_SECONDS = 150
"""Enough for an `up` that reads a certificate."""


class Nodes:
    """All nodes' certificates as files."""

    def __init__(self, lab: RunningLab, hosts: dict[str, list[str]]) -> None:
        self.lab = lab
        self.servers = [name for name, roles in hosts.items() if "server" in roles]
        self.names = [*self.servers, *(name for name, roles in hosts.items() if "agent" in roles)]
        self._authorities = {
            name.removesuffix("-ca.key"): text for name, text in self._files(self.servers[0]).items() if "-ca." in name
        }

    def _files(self, host: str) -> dict[str, bytes]:
        lines = run_in_host(self.lab.lab, host, ["bash", "-c", READ]).splitlines()
        return {name: base64.b64decode(text) for name, text in (line.split() for line in lines)}

    def _leaves(self, host: str) -> dict[str, x509.Certificate]:
        return {
            name: x509.load_pem_x509_certificate(text)
            for name, text in self._files(host).items()
            if name.endswith(".crt") and "-ca." not in name
        }

    def first_end(self, host: str) -> datetime:
        """When the first certificate of a host ends."""
        return min(one.not_valid_after_utc for one in self._leaves(host).values())

    def age(self, host: str, days_left: int) -> None:
        """Gives all of them that many days, by their authorities. Nobody restarts."""
        for name, old in self._leaves(host).items():
            kind = {"client-auth-proxy": "request-header"}.get(name.rpartition("/")[2].removesuffix(".crt"))
            kind = kind or ("server" if "serving" in name else "client")
            key = load_pem_private_key(self._authorities[f"server/tls/{kind}"], None)
            new = signed_again(old, key, datetime.now(UTC) + timedelta(days=days_left))
            run_in_host(self.lab.lab, host, ["tee", f"{FOLDER}/{name}"], stdin=new)

    def shorten_the_administrators(self, seconds: float) -> datetime:
        """When the administrator's certificate ends on the first server, from where the program reads it."""
        config = yaml.safe_load(run_in_host(self.lab.lab, self.servers[0], ["cat", KUBECONFIG]))
        user = config["users"][0]["user"]
        old = x509.load_pem_x509_certificate(base64.b64decode(user["client-certificate-data"]))
        key = load_pem_private_key(self._authorities["server/tls/client"], None)
        end = datetime.now(UTC) + timedelta(seconds=seconds)
        user["client-certificate-data"] = base64.b64encode(signed_again(old, key, end).encode()).decode()
        run_in_host(self.lab.lab, self.servers[0], ["tee", KUBECONFIG], stdin=yaml.safe_dump(config))
        return end


def signed_again(old: x509.Certificate, key: Any, end: datetime) -> str:
    """The same certificate for the year before `end`, in PEM. `key`: of its authority."""
    builder = x509.CertificateBuilder(old.issuer, old.subject, old.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(end - timedelta(days=365)).not_valid_after(end)
    for extension in old.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


@pytest.fixture(scope="module")
def nodes(lab: RunningLab, hosts: dict[str, list[str]]) -> Nodes:
    return Nodes(lab, hosts)


@pytest.fixture
def far() -> datetime:
    """A day that only new certificates reach."""
    return datetime.now(UTC) + timedelta(days=360)


def status_of(lab: RunningLab) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(lab.must("status", "--json"))
    return found


def test_after_eleven_months_a_host_renews_its_own_in_its_hour(lab: RunningLab, nodes: Nodes, far: datetime) -> None:
    server, agent = nodes.servers[-1], nodes.names[-1]
    before = {name: nodes.first_end(name) for name in nodes.names}
    for host in (server, agent):
        nodes.age(host, 30)
        assert nodes.first_end(host) < far
        said = lab.ssh(host, TURN)
        assert "because" in said, said
        assert nodes.first_end(host) > far
        assert lab.ssh(host, TURN).strip() == ""
    assert {name: nodes.first_end(name) for name in nodes.names if name not in (server, agent)} == {
        name: end for name, end in before.items() if name not in (server, agent)
    }
    timers = lab.ssh(
        server, "systemctl is-active k3s-renewal.timer; systemctl show -p NextElapseUSecRealtime k3s-renewal.timer"
    )
    assert timers.startswith("active\nNextElapseUSecRealtime=")
    assert ":10:00" in timers


def test_after_thirteen_and_twenty_six_months_an_up_renews_all_and_reads_the_administrators(
    lab: RunningLab, nodes: Nodes, visitor: Visitor, far: datetime
) -> None:
    """Every other host is as old as the one, and the rest as old as the other. So is what the state has of them: the
    administrator's certificate."""
    end = nodes.shorten_the_administrators(SHORT_SECONDS)
    assert "The step k3s-kubeconfig runs again" in lab.must("up")
    time.sleep(max(0.0, (end - datetime.now(UTC)).total_seconds()) + 1)
    refused = lab.run("kubectl", "--", "get", "nodes")
    assert refused.status != 0, "the certificate in the state has not ended"
    kubeconfig = outputs(lab.workspace)["kubeconfig"]
    for place, host in enumerate(nodes.names):
        nodes.age(host, DAYS_LEFT[place % 2])
    troubles = {name: one["troubles"] for name, one in status_of(lab)["hosts"].items()}
    assert all("ended on" in str(troubles[name]) for name in nodes.names), troubles
    with visitor.steadily(visitor.url("whoami"), 600) as visits:
        said = lab.must("up")
    assert all(f"The step k3s-node-{name} runs again" in said for name in nodes.names), said
    assert "The step k3s-kubeconfig runs again" in said
    assert visits[0].failed == []
    assert {name: nodes.first_end(name) > far for name in nodes.names} == dict.fromkeys(nodes.names, True)

    assert outputs(lab.workspace)["kubeconfig"] != kubeconfig
    until = status_of(lab)["certificates"]["administrator"]
    assert datetime.fromisoformat(until).replace(tzinfo=UTC) > far
    lab.kubectl("get", "nodes")
    assert "runs again" not in lab.must("preview")

    def well() -> bool:
        hosts = status_of(lab)["hosts"]
        return all(hosts[name]["node"] == "Ready" and not hosts[name]["troubles"] for name in nodes.names)

    eventually("every node to be Ready and without trouble", 60, well)
