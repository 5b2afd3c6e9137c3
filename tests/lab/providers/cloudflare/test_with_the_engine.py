"""The cloudflare stand-in under the real engine, with the published SDK: previews, refreshes, replacements."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pulumi
import pulumi_tls as tls
import pytest
from pulumi import automation

from components.hosts.host import Connection, Host, PublicAddresses
from lab.providers.cloudflare.account import Account
from tests.lab.providers.cloudflare.conftest import DOMAIN, Known
from tests.lab.providers.programs import executable, program

pytestmark = pytest.mark.lab

PARTS = 8
"""Resources of the program below, the stack's own left out."""


@dataclass
class Wanted:
    """What the program below is to make; tests change it."""

    days: int = 90
    address: str = "198.51.100.1"
    names: tuple[str, ...] = (f"*.{DOMAIN}", DOMAIN)
    has_ipv6: bool = True
    program: Callable[["Wanted"], None] = field(default_factory=lambda: site)


def site(wanted: Wanted) -> None:
    """A name, the certificate of its origins, and what the edge shows them."""
    import pulumi_cloudflare as cloudflare  # which takes seconds

    zone = cloudflare.get_zone(filter=cloudflare.GetZoneFilterArgs(name=DOMAIN, match="all"))
    assert [each.id for each in cloudflare.get_zones(name=DOMAIN).results] == [zone.zone_id]
    ranges = cloudflare.get_ip_ranges()
    key = tls.PrivateKey("key", algorithm="ECDSA", ecdsa_curve="P256")
    request = tls.CertRequest("request", private_key_pem=key.private_key_pem)
    certificate = cloudflare.OriginCaCertificate(
        "certificate",
        csr=request.cert_request_pem,
        hostnames=wanted.names,
        request_type="origin-ecc",
        requested_validity=wanted.days,
    )
    record = cloudflare.DnsRecord(
        "record", zone_id=zone.zone_id, name=f"www.{DOMAIN}", type="A", content=wanted.address, proxied=True, ttl=1
    )
    cloudflare.ZoneSetting("mode", zone_id=zone.zone_id, setting_id="ssl", value="strict")
    own = tls.SelfSignedCert(
        "client", private_key_pem=key.private_key_pem, validity_period_hours=24, allowed_uses=["client_auth"]
    )
    cloudflare.AuthenticatedOriginPullsCertificate(
        "client", zone_id=zone.zone_id, certificate=own.cert_pem, private_key=key.private_key_pem
    )
    cloudflare.AuthenticatedOriginPullsSettings("pulls", zone_id=zone.zone_id, enabled=True)
    pulumi.export("expires", certificate.expires_on)
    pulumi.export("record", record.id)
    pulumi.export("ranges", ranges.ipv4_cidrs)


@dataclass
class Engine:
    """One stack; every run is of the program as wanted at that moment."""

    stack: automation.Stack
    wanted: Wanted
    account: Account
    state: Path

    def up(self) -> dict[str, int]:
        """How many resources were created, replaced, …; the stack's own left out."""
        done = {str(kind): count for kind, count in (self.stack.up().summary.resource_changes or {}).items()}
        kind = "create" if done.get("create", 0) > PARTS else "same"
        done[kind] = done.get(kind, 0) - 1
        return {kind: count for kind, count in done.items() if count > 0}


@pytest.fixture
def engine(tmp_path: Path, known: Known, monkeypatch: pytest.MonkeyPatch) -> Engine:
    binaries, wanted, state = tmp_path / "bin", Wanted(), tmp_path / "state"
    binaries.mkdir()
    state.mkdir()
    (binaries / "pulumi").symlink_to(program("pulumi"))
    for name in ("cloudflare", "tls"):
        executable(
            binaries / f"pulumi-resource-{name}",
            "import runpy",
            f"runpy.run_module('lab.providers.{name}', run_name='__main__')",
        )
    environment = {
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "CLOUDFLARE_API_TOKEN": known.account.token(),
        "LAB_NAME": "test",
        "LAB_ROOT": str(tmp_path),
    }
    for name, text in environment.items():
        monkeypatch.setenv(name, text)
    settings = automation.ProjectSettings("site", "python", backend=automation.ProjectBackend(f"file://{state}"))
    options = automation.LocalWorkspaceOptions(work_dir=str(tmp_path), project_settings=settings)
    stack = automation.create_or_select_stack("test", "site", lambda: wanted.program(wanted), opts=options)
    return Engine(stack, wanted, known.account, state / ".pulumi" / "stacks" / "site" / "test.json")


def name_of_one_host(wanted: Wanted) -> None:
    """The program's own records of a name, for a host of which it shows only during `up` whether it has IPv6."""
    from components.edge.records import point_at

    key = tls.PrivateKey("key", algorithm="ED25519")
    looked_at = key.id.apply(lambda _: wanted.has_ipv6)
    ipv4, ipv6 = (pulumi.Output.from_input(address) for address in ("198.51.100.1", "2001:db8:100::1"))
    text = pulumi.Output.from_input("")
    host = Host(
        name="oracle-1",
        roles=frozenset({"ingress"}),
        labels={},
        taints=(),
        architecture="amd64",
        connection=Connection(text, "operator", text, text),
        device=text,
        machine=None,
        ready=(),
        public=PublicAddresses(ipv4, ipv6, looked_at),
    )
    point_at(f"www.{DOMAIN}", known_zone(), {"oracle-1": host}, pulumi.ResourceOptions())


def known_zone() -> str:
    import pulumi_cloudflare as cloudflare

    return str(cloudflare.get_zones(name=DOMAIN).results[0].id)


def test_a_host_gets_its_aaaa_record_once_it_has_ipv6(engine: Engine) -> None:
    def records() -> dict[str, str]:
        text = json.loads((engine.account.folder / "resources.json").read_text())
        return {one["type"]: one["content"] for one in text.values() if one.get("_type") == "dns_record"}

    def changes() -> dict[str, int]:
        return {str(kind): count for kind, count in (engine.stack.up().summary.resource_changes or {}).items()}

    engine.wanted.program, engine.wanted.has_ipv6 = name_of_one_host, False
    assert engine.stack.preview().change_summary
    engine.stack.up()
    assert records() == {"A": "198.51.100.1", "TXT": '"oracle-1: no AAAA record"'}
    engine.wanted.has_ipv6 = True
    assert changes()["update"] == 1
    assert records() == {"A": "198.51.100.1", "AAAA": "2001:db8:100::1"}
    engine.stack.refresh()
    assert changes().keys() == {"same"}


def test_life_of_a_site(engine: Engine) -> None:
    assert engine.stack.preview().change_summary
    assert engine.up() == {"create": PARTS}
    outputs = engine.stack.outputs()
    assert outputs["ranges"].value == ["192.0.2.30/32"]
    assert "PRIVATE KEY-----" not in engine.state.read_text()
    assert engine.up() == {"same": PARTS}
    engine.stack.refresh()
    assert engine.up() == {"same": PARTS}

    engine.wanted.days = 7
    assert engine.up() == {"same": PARTS - 1, "replace": 1}
    assert engine.stack.outputs()["expires"].value < outputs["expires"].value

    engine.wanted.address = "198.51.100.2"
    assert engine.up() == {"same": PARTS - 1, "update": 1}
    assert engine.stack.outputs()["record"].value == outputs["record"].value

    engine.wanted.address = "10.0.0.2"
    with pytest.raises(automation.CommandError, match=r"10\.0\.0\.2 is not allowed for a proxied record \(9003\)"):
        engine.stack.up()
    engine.wanted.days = 45
    with pytest.raises(automation.CommandError, match=r"requestedValidity is 45: it is one of 7, 30"):
        engine.stack.preview()
    engine.stack.destroy()
    text = (engine.account.folder / "resources.json").read_text()
    assert '"strict"' in text
    assert "dns_record" not in text
