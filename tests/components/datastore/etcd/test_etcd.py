"""etcd as the graph of its steps: who waits for whom, what each is told, and what is secret."""

from functools import cache
from pathlib import Path

import pulumi
import pytest

from components.datastore.create import create_datastore
from components.datastore.etcd.configuration import PEER_NAME
from components.datastore.etcd.settings import EtcdSettings
from components.datastore.kind import DatastoreArgs
from components.overlay.registry import OVERLAY
from components.settings.checksums import Checksums
from components.settings.downloads import Downloads
from policies.steps import secrets_of, values_of
from tests.components.golden import check
from tests.components.step_values import values
from tests.engine import Run, run
from tests.stack import host

FIXTURES = Path(__file__).parent / "fixtures"
MEMBERS = ("oracle-1", "oracle-2", "oracle-3")


def declare() -> None:
    """Three servers that are members, and an agent."""
    hosts = {name: host(name, number, "server", "database") for number, name in enumerate(MEMBERS, 1)}
    hosts["home-1"] = host("home-1", 9, "agent")
    settings = EtcdSettings(kind="etcd", sha256=Checksums(amd64="0a" * 32))
    mirror = Downloads(mirror="http://mirror.example")
    datastore = create_datastore("datastore", DatastoreArgs(settings, hosts, OVERLAY, mirror))
    endpoint = datastore.endpoint
    pulumi.export("url", endpoint.url)
    pulumi.export("ready", [resource.urn for resource in endpoint.ready])
    pulumi.export("key", endpoint.key)
    pulumi.export("tls", [endpoint.ca, endpoint.certificate])
    pulumi.export("ports", list(endpoint.ports))
    assert list(datastore.members) == [*MEMBERS]
    assert datastore.for_pods is None


@cache
def ran(preview: bool = False) -> Run:
    return run(declare, preview=preview)


def step(name: str) -> str:
    return f"Command datastore-{name}"


def needs(name: str) -> set[str]:
    """All that must have been done before a step."""
    found = ran().before(ran().one("Command", f"datastore-{name}"))
    return {label for label in found if label.startswith("Command")}


def test_members_start_one_after_another_once_all_can_be_asked() -> None:
    programs = {step(f"program-{name}") for name in MEMBERS} | {step(f"member-{name}-leave") for name in MEMBERS}
    assert needs("member-oracle-1") == programs
    assert needs("member-oracle-2") == {*programs, step("member-oracle-1")}
    assert needs("member-oracle-3") == {*programs, step("member-oracle-1"), step("member-oracle-2")}


def test_members_that_are_none_any_more_are_removed_once_the_new_ones_are_there() -> None:
    assert {step(f"member-{name}") for name in MEMBERS} <= needs("members")


def test_members_leave_one_after_another() -> None:
    """What is deleted last is created first: when all leave, the first one is the last."""
    assert step("member-oracle-1-leave") in needs("member-oracle-2-leave")
    for name in MEMBERS:
        assert {step(f"member-{name}-leave")} <= needs(f"program-{name}")
        undoes, _ = values_of(str(ran().one("Command", f"datastore-member-{name}-leave").inputs["delete"]))
        assert undoes["UNDOES"] == f"datastore-program-{name} datastore-member-{name}"


def test_k3s_knows_all_members_and_waits_for_all() -> None:
    assert ran().outputs["url"] == ",".join(f"https://100.64.0.{number}:2379" for number in (1, 2, 3))
    ready = {urn.rpartition("::")[2] for urn in ran().outputs["ready"]}
    assert ready == {"datastore-members", *(f"datastore-member-{name}" for name in MEMBERS)}
    assert ran().outputs["ports"] == [2379, 2380, 2382]


def test_k3s_has_a_certificate_of_its_own_which_opens_no_peer_port() -> None:
    request = ran().one("CertRequest", "datastore-client")
    assert request.inputs["subject"]["commonName"] == "k3s"
    assert "key" in ran().secret_outputs
    for name in MEMBERS:
        assert ran().one("CertRequest", f"datastore-peer-{name}").inputs["subject"]["commonName"] == PEER_NAME
    assert f"ETCD_PEER_CERT_ALLOWED_CN={PEER_NAME}" in values(ran().one("Command", "datastore-member-oracle-1"))


def test_certificates_are_for_the_addresses_that_are_used() -> None:
    for number, name in enumerate(MEMBERS, 1):
        server = ran().one("CertRequest", f"datastore-server-{name}")
        assert server.inputs["dnsNames"] == [name]
        for kind in ("server", "peer"):
            addresses = ran().one("CertRequest", f"datastore-{kind}-{name}").inputs["ipAddresses"]
            assert addresses == [f"100.64.0.{number}", "127.0.0.1"]


def test_keys_come_by_stdin() -> None:
    for name in MEMBERS:
        member = ran().one("Command", f"datastore-member-{name}")
        told, _ = values_of(str(member.inputs["create"]))
        assert told["SECRETS"].split() == ["PEER_KEY", "SERVER_KEY"]
        assert not {"PEER_KEY", "SERVER_KEY"} & told.keys()
        assert set(secrets_of(member.inputs["stdin"])) == {"PEER_KEY", "SERVER_KEY"}


def test_members_defragment_at_times_of_their_own() -> None:
    slots = [values_of(str(ran().one("Command", f"datastore-program-{name}").inputs["create"]))[0]["SLOT"]
             for name in MEMBERS]  # fmt: skip
    assert slots == ["00", "10", "20"]


def test_a_preview_shows_all_of_it() -> None:
    assert {(r.type, r.name) for r in ran(preview=True).resources} == {(r.type, r.name) for r in ran().resources}


@pytest.mark.parametrize("name", ["member-oracle-2", "members"])
def test_what_a_step_is_told(name: str) -> None:
    check(FIXTURES / f"{name}.txt", values(ran().one("Command", f"datastore-{name}")))


def test_where_a_host_gets_etcd_from() -> None:
    told, _ = values_of(str(ran().one("Command", "datastore-program-oracle-2").inputs["create"]))
    archive = "mirror.example/github.com/etcd-io/etcd/releases/download/v3.6.16/etcd-v3.6.16-linux-amd64.tar.gz"
    assert told["URL"] == f"http://{archive}"
    assert told["SHA256"] == "0a" * 32
    assert told["OVERLAY_UNIT"] == OVERLAY.unit
