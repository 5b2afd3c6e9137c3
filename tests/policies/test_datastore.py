"""The policy pack's rule on the datastore: steps as the program renders them."""

from typing import Any

import pytest
from pulumi_policy import EnforcementLevel
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from components.cluster.registration import registration_section
from components.datastore.galera.configuration import arbitrator_settings, membership
from components.datastore.galera.sections import databases_section, writer_section
from components.rendering import StepTarget, run
from policies.datastore import datastore_has_a_majority_and_one_writer
from tests.policies.asked import ask

COMMAND = "command:remote:Command"
TARGET = StepTarget("oracle-1", "step", "operator")


def violations(kind: str = COMMAND, **props: Any) -> list[str]:
    """What the rule reports of a resource with these inputs."""
    return ask(datastore_has_a_majority_and_one_writer, kind, **props)


def hosts(count: int) -> dict[str, str]:
    """Addresses by name."""
    return {f"host-{number}": f"100.64.0.{number}" for number in range(1, count + 1)}


def member(members: int, arbitrated: bool) -> str:
    """The step of a member."""
    text = membership("host-1", hosts(members), "100.64.0.9" if arbitrated else None)
    return run(TARGET, "write_file x <<<$MEMBERSHIP", {"MEMBERSHIP": text, "MEMBER": "host-1"})


def arbitrator(members: int) -> str:
    """The arbitrator's step."""
    return run(TARGET, "write_file x <<<$SETTINGS", {"SETTINGS": arbitrator_settings(2, "100.64.0.9", hosts(members))})


def proxy(section: str) -> str:
    """The step of a host's HAProxy."""
    return run(TARGET, "write_file x <<<$TEXT", {"SECTION": "writer", "TEXT": section})


@pytest.mark.parametrize(("members", "arbitrated"), [(2, False), (4, False), (3, True), (1, False), (1, True)])
def test_refuses_a_member_of_a_group_with(members: int, arbitrated: bool) -> None:
    assert violations(create=member(members, arbitrated))


@pytest.mark.parametrize(("members", "arbitrated"), [(3, False), (5, False), (2, True), (4, True)])
def test_allows_a_member_of_a_group_with(members: int, arbitrated: bool) -> None:
    assert violations(create=member(members, arbitrated)) == []


@pytest.mark.parametrize("members", [1, 3, 5])
def test_refuses_an_arbitrator_of(members: int) -> None:
    assert violations(create=arbitrator(members))


@pytest.mark.parametrize("members", [2, 4])
def test_allows_an_arbitrator_of(members: int) -> None:
    assert violations(create=arbitrator(members)) == []


SECTIONS = (writer_section(hosts(3)), databases_section(3307, "100.64.0.1", hosts(3)))


@pytest.mark.parametrize("section", SECTIONS, ids=["k3s", "pods"])
def test_refuses_two_writers(section: str) -> None:
    (message,) = violations(create=proxy(section.replace(" backup", "", 1)))
    assert message.startswith("thing: HAProxy sends writes to host-1 and host-2 at the same time")


@pytest.mark.parametrize("section", [*SECTIONS, registration_section(hosts(3))], ids=["k3s", "pods", "servers"])
def test_allows_a_section_with(section: str) -> None:
    assert violations(create=proxy(section)) == []


def test_the_report_names_the_votes_and_what_to_do() -> None:
    assert violations(create=member(4, arbitrated=False)) == [
        "thing: Galera has 4 votes, which can split evenly: then no half takes writes. Add or remove an arbitrator"
        " or a member."
    ]


@pytest.mark.parametrize(
    "create",
    [
        UNKNOWN_STRING_VALUE,
        None,
        1.5,
        'echo "wsrep_cluster_address = gcomm://a,b" >x',
        run(TARGET, "# wsrep_cluster_address = gcomm://a,b\ntrue", {}),
        run(TARGET, "true", {"NOTE": "wsrep_cluster_address may be gcomm://a,b"}),
    ],
    ids=["unknown", "nothing", "a number", "another's command", "a script", "a note"],
)
def test_allows_other_commands(create: object) -> None:
    assert violations(create=create) == []


def test_allows_other_resources() -> None:
    assert violations("command:local:Command", create=member(4, arbitrated=False)) == []


def test_is_mandatory() -> None:
    assert datastore_has_a_majority_and_one_writer.enforcement_level is EnforcementLevel.MANDATORY
