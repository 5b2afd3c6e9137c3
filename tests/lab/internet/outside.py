"""A small real internet for tests: a lab's network, name server and edge, and origins in namespaces of their own."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lab.distribution.build import build_programs
from lab.internet import _web, start_edge
from lab.internet.ca import Identity, ensure_authority
from lab.internet.service import ensure_service, stop_services
from lab.internet.sites import sites_folder
from lab.internet.visitor import Visitor
from lab.lab import ROUTER, Lab
from lab.network import Link, create_network, delete_network, interface_name, namespace_command
from lab.network.namespaces import _connect
from lab.progress import Silence
from lab.providers.cloudflare.account import Account, account_folder, zone_id
from lab.providers.cloudflare.provider import CloudflareProvider
from tests.lab.providers.calling import Caller, Made

DOMAIN = "shop.example"
ZONE = zone_id(DOMAIN)
PUBLIC_GATEWAY = "198.51.100.1"
NETWORK_6 = "2001:db8:100::/64"
ORIGIN_SCRIPT = Path(__file__).with_name("origin_server.py")


@dataclass
class Outside:
    """One running internet."""

    lab: Lab
    provider: CloudflareProvider
    origins: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def origin_identity(self) -> Identity:
        """The certificate that the stand-in has signed."""
        return Identity(self.lab.root / "origin.pem", self.lab.root / "origin.key")

    @property
    def visitor(self) -> Visitor:
        """Who asks."""
        return Visitor(self.lab)

    def make(self, kind: str, **inputs: Any) -> Made:
        """A resource of the account."""
        name = kind[0].lower() + kind[1:]
        return Caller(self.provider, f"cloudflare:index/{name}:{kind}").create(**inputs)

    def proxied(self, name: str, *addresses: str) -> list[Made]:
        """Proxied records of a name below the domain."""
        return [
            self.make(
                "DnsRecord",
                zoneId=ZONE,
                name=f"{name}.{DOMAIN}",
                type="AAAA" if ":" in address else "A",
                content=address,
                proxied=True,
                ttl=1,
            )
            for address in addresses
        ]

    def start_origin(self, address: str, identity: Identity | None = None) -> None:
        """A TLS server in a namespace with this public address; it has the origin certificate, or another one."""
        shown = identity or self.origin_identity
        if ":" in address:
            link = Link(role_of(address), ("198.51.100.99",), "198.51.100.0/24", PUBLIC_GATEWAY, (address,), NETWORK_6)
        else:
            link = Link(role_of(address), (address,), "198.51.100.0/24", PUBLIC_GATEWAY)
        _connect(self.lab, link)
        command = [sys.executable, str(ORIGIN_SCRIPT), address, str(shown.certificate), str(shown.key)]
        process = subprocess.Popen(namespace_command(self.lab, link.name, command), stdout=subprocess.PIPE)
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        self.origins[address] = process

    def cut_power(self, address: str) -> None:
        """What happens to packets for a host without power: nothing."""
        subprocess.run(["ip", "-n", self.lab.namespace(role_of(address)), "link", "set", "eth0", "down"], check=True)

    def cut_cable(self, address: str) -> None:
        """The router's end goes away, and the route with it: who sends something is told so."""
        interface = interface_name(role_of(address))
        subprocess.run(["ip", "-n", self.lab.namespace(ROUTER), "link", "delete", interface], check=True)

    def ask(self, url: str, *options: str, seconds: float = 30) -> tuple[int, str]:
        """Status and body of what a visitor's curl gets; status 0 when it gets nothing."""
        marked = ["curl", "-sS", *options, "-w", "\n%{http_code}", url]
        result = self.visitor.run(marked, seconds=seconds)
        body, _, code = result.stdout.rpartition("\n")
        return int(code or 0), body or result.stderr

    def headers(self, url: str, *options: str) -> dict[str, str]:
        """The headers that the origin got."""
        code, body = self.ask(url, *options)
        assert code == 200, body
        return {name.lower(): value for name, value in json.loads(body)["headers"]}

    def sign_origin_certificate(self) -> None:
        """A key, a request, and the certificate that the stand-in signs."""
        key = ec.generate_private_key(ec.SECP256R1())
        request = x509.CertificateSigningRequestBuilder(x509.Name([])).sign(key, hashes.SHA256())
        made = self.make(
            "OriginCaCertificate",
            csr=request.public_bytes(serialization.Encoding.PEM).decode(),
            hostnames=[DOMAIN, f"*.{DOMAIN}"],
            requestType="origin-ecc",
            requestedValidity=7,
        )
        pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        self.origin_identity.certificate.write_text(made.outputs["certificate"])
        self.origin_identity.key.write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))


def role_of(address: str) -> str:
    """Namespace of an origin."""
    return f"origin-{address.replace(':', '.').rsplit('.', 1)[1]}"


def begin(folder: Path) -> Outside:
    """An internet with a zone, an edge and a visitor. Takes seconds once the edge is built."""
    lab = Lab("outside", folder)
    lab.logs.mkdir(parents=True)
    sites_folder(lab).mkdir(mode=0o700)
    create_network(lab)
    ensure_authority(sites_folder(lab))
    ensure_service(lab, _web(Path(sys.executable)), Silence())
    start_edge(lab, build_programs(["edge"], Silence())["edge"], [DOMAIN], Silence())
    account = Account(account_folder(lab))
    outside = Outside(lab, CloudflareProvider(account.folder, account.token()))
    outside.sign_origin_certificate()
    return outside


def end(outside: Outside) -> None:
    """All of it goes."""
    for process in outside.origins.values():
        process.kill()
        process.wait()
    stop_services(outside.lab)
    delete_network(outside.lab)
    shutil.rmtree(outside.lab.root)
