"""Galera as the graph of its steps: who waits for whom, what each is told, and what is secret."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pulumi
import pytest

from components.datastore.create import create_datastore, export_outputs
from components.datastore.galera.settings import GaleraSettings
from components.datastore.kind import DatastoreArgs
from components.overlay.registry import OVERLAY
from components.settings.downloads import Downloads
from tests.components.golden import check
from tests.components.step_values import values
from tests.engine import Run, run
from tests.stack import host

FIXTURES = Path(__file__).parent / "fixtures"


def program(settings: GaleraSettings) -> Callable[[], None]:
    """Three servers with two or three members, and an agent that may vote."""

    def declare() -> None:
        both = ("server", "database")
        third = ("server",) if settings.arbitrator else both
        hosts = {
            "oracle-1": host("oracle-1", 1, *both),
            "oracle-2": host("oracle-2", 2, *both),
            "oracle-3": host("oracle-3", 3, *third),
            "home-1": host("home-1", 9, "agent"),
        }
        datastore = create_datastore("datastore", DatastoreArgs(settings, hosts, OVERLAY, Downloads()))
        pulumi.export("url", datastore.endpoint.url)
        pulumi.export("ready", [resource.urn for resource in datastore.endpoint.ready])
        pulumi.export("members", list(datastore.members))
        pulumi.export("certificates", datastore.certificates)
        export_outputs(datastore)

    return declare


@cache
def ran(preview: bool = False) -> Run:
    return run(program(GaleraSettings(databases=("shop",))), preview=preview)


@cache
def ran_with_arbitrator() -> Run:
    return run(program(GaleraSettings(arbitrator="home-1")))


def step(name: str) -> str:
    return f"Command datastore-{name}"


def needs(name: str, one: Run | None = None) -> set[str]:
    """All that must have been done before a step."""
    found = one or ran()
    return {label for label in found.before(found.one("Command", f"datastore-{name}")) if label.startswith("Command")}


def test_packages_are_installed_on_all_members_at_once() -> None:
    for number in (1, 2, 3):
        leaves = {step(f"member-oracle-{earlier}-leave") for earlier in range(1, number + 1)}
        assert needs(f"packages-oracle-{number}") == leaves


def test_members_start_one_after_another_once_all_can_be_asked() -> None:
    packages = {step(f"packages-oracle-{number}") for number in (1, 2, 3)}
    packages |= {step(f"member-oracle-{number}-leave") for number in (1, 2, 3)}
    assert needs("member-oracle-1") == packages
    assert needs("member-oracle-2") == {*packages, step("member-oracle-1")}
    assert needs("member-oracle-3") == {*packages, step("member-oracle-1"), step("member-oracle-2")}


def test_voters_refuse_strangers_one_after_another_once_all_have_certificates() -> None:
    last = step("member-oracle-3")
    for number in (1, 2, 3):
        assert last in needs(f"transfer-oracle-{number}")
    copies = {step(f"transfer-oracle-{number}") for number in (1, 2, 3)}
    assert needs("tls-oracle-1") >= {last, *copies}
    assert needs("tls-oracle-2") >= {step("tls-oracle-1")}
    assert needs("tls-oracle-3") >= {step("tls-oracle-2")}
    assert step("tls-oracle-3") in needs("database-k3s")
    one = ran_with_arbitrator()
    for name in ("transfer-oracle-1", "tls-oracle-1"):
        assert step("arbitrator-home-1") in needs(name, one)
    assert step("tls-oracle-2") in needs("tls-home-1", one)
    assert step("tls-home-1") in needs("database-k3s", one)


def test_each_voter_has_a_certificate_of_the_same_authority_and_its_key_is_secret() -> None:
    one = ran_with_arbitrator()
    for name, kind in (("oracle-1", "member"), ("oracle-2", "member"), ("home-1", "arbitrator")):
        told = one.one("Command", f"datastore-{kind}-{name}")
        assert f"CERTIFICATE=certificate datastore-voter-{name}\n" in values(told)
        assert "AUTHORITY=certificate datastore-authority\n" in values(told)
        assert told.inputs["stdin"].startswith("KEY=")
        assert "stdin" in told.secrets
        request = one.one("CertRequest", f"datastore-voter-{name}").inputs
        assert request["dnsNames"] == [name]
        assert one.outputs["certificates"][f"datastore-{name}"] == f"certificate datastore-voter-{name}"


def test_each_voter_knows_all_others() -> None:
    one = ran_with_arbitrator()
    assert "OTHERS=100.64.0.2 100.64.0.9\n" in values(one.one("Command", "datastore-member-oracle-1"))
    assert "OTHERS=100.64.0.1 100.64.0.2\n" in values(one.one("Command", "datastore-tls-home-1"))


def test_databases_are_made_on_the_writer_when_all_members_are_there() -> None:
    assert ran().outputs["writer"] == "oracle-1"
    for database in ("k3s", "shop"):
        made = ran().one("Command", f"datastore-database-{database}")
        assert made.inputs["connection"]["host"] == "100.64.0.1"
        assert step("member-oracle-3") in needs(f"database-{database}")


def test_every_server_has_the_same_way_to_the_writer() -> None:
    told = [values(ran().one("Command", f"datastore-writer-oracle-{number}")) for number in (1, 2, 3)]
    sections = {text.partition("TEXT=")[2] for text in told}
    assert len(sections) == 1
    assert not [command for command in ran().of("Command") if command.name == "datastore-writer-home-1"]


def test_endpoint_is_ready_with_its_database_and_the_ways_to_it() -> None:
    ready = {urn.rpartition("::")[2] for urn in ran().outputs["ready"]}
    ways = {f"datastore-{way}-oracle-{n}" for n in (1, 2, 3) for way in ("writer", "databases")}
    assert ready == {"datastore-database-k3s", *ways}


def test_pods_of_every_node_have_a_way_to_the_writer_if_there_are_databases_for_them() -> None:
    names = [one.name for one in ran().of("Command") if "-databases-" in one.name and "create" in one.inputs]
    assert sorted(names) == [f"datastore-databases-{name}" for name in ("home-1", "oracle-1", "oracle-2", "oracle-3")]
    assert "bind 100.64.0.9:3307" in values(ran().one("Command", "datastore-databases-home-1"))
    assert step("databases-oracle-3") in needs("databases-home-1")  # never two without the database at once
    assert not [one for one in ran_with_arbitrator().of("Command") if "-databases-" in one.name]


def test_endpoint_is_a_secret_with_a_password_of_letters_and_digits() -> None:
    assert ran().outputs["url"] == "mysql://k3s:password-datastore-k3s@tcp(127.0.0.1:3306)/k3s"
    for_pods = "mysql://shop:password-datastore-shop@tcp(databases.kube-system.svc:3306)/shop"
    assert ran().outputs["databases"]["shop"] == for_pods
    assert {"url", "databases"} <= ran().secret_outputs
    for password in ran().of("RandomPassword"):
        assert password.inputs["special"] is False
        assert password.inputs["length"] >= 32


def test_a_preview_shows_all_of_it() -> None:
    assert {(r.type, r.name) for r in ran(preview=True).resources} == {(r.type, r.name) for r in ran().resources}


def test_arbitrator_votes_beside_two_members() -> None:
    one = ran_with_arbitrator()
    assert needs("arbitrator-home-1", one) >= {step("member-oracle-1"), step("member-oracle-2")}
    assert "gcomm://100.64.0.1,100.64.0.2,100.64.0.9" in values(one.one("Command", "datastore-member-oracle-1"))
    assert not [command for command in one.of("Command") if command.name.endswith("member-oracle-3")]


def test_a_member_that_is_none_any_more_leaves() -> None:
    assert "galera-health" in ran().one("Command", "datastore-member-oracle-2-leave").inputs["delete"]


def test_what_a_farewell_undoes_leaves_the_state_before_it() -> None:
    """Else it would be believed to be there still, when a farewell has failed and the member is wanted again."""
    for name in ("packages", "member", "transfer", "tls"):
        assert step("member-oracle-2-leave") in needs(f"{name}-oracle-2")


@pytest.mark.parametrize(
    "name", ["member-oracle-2", "transfer-oracle-2", "tls-oracle-2", "database-shop", "writer-oracle-3"]
)
def test_what_a_step_is_told(name: str) -> None:
    check(FIXTURES / f"{name}.txt", values(ran().one("Command", f"datastore-{name}")))
