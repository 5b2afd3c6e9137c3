"""The policy pack's rules on the datastore: steps as the program renders them."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from pulumi_policy import EnforcementLevel, ResourceValidationPolicy
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from components.cluster.registration import registration_section
from components.datastore.etcd.configuration import member_settings as etcd_settings
from components.datastore.galera.configuration import arbitrator_settings, member_settings, membership
from components.datastore.galera.sections import databases_section, writer_section
from components.rendering import StepTarget, run
from policies.datastore import datastore_has_a_majority_and_one_writer, datastore_lets_no_stranger_in
from tests.policies.asked import ask

COMMAND = "command:remote:Command"
TARGET = StepTarget("oracle-1", "step", "operator")


def violations(kind: str = COMMAND, **props: Any) -> list[str]:
    """What the rule reports of a resource with these inputs."""
    return ask(datastore_has_a_majority_and_one_writer, kind, **props)


def doors(**props: Any) -> list[str]:
    """What the rule on strangers reports of a step with these inputs."""
    return ask(datastore_lets_no_stranger_in, COMMAND, **props)


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


def etcd(members: int = 3, changes: Mapping[str, str] = MappingProxyType({})) -> str:
    """The step of a member of etcd. `changes`: variables of its environment with other values."""
    text = etcd_settings("host-1", 300, 3000, 2048, "100.64.0.1")
    for name, value in changes.items():
        text = re.sub(rf"^{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
    names = ",".join(f"{name}={address}" for name, address in hosts(members).items())
    return run(TARGET, "write_file x <<<$SETTINGS", {"SETTINGS": text, "MEMBERS": names})


@pytest.mark.parametrize("members", [3, 5])
def test_allows_a_member_of_etcd_among(members: int) -> None:
    assert violations(create=etcd(members)) == doors(create=etcd(members)) == []


@pytest.mark.parametrize("members", [1, 2, 4])
def test_refuses_a_member_of_etcd_among(members: int) -> None:
    (message,) = violations(create=etcd(members))
    assert message == f"thing: etcd has {members} members, which is too few or an even number. Have three or five."


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"ETCD_LISTEN_PEER_URLS": "http://100.64.0.1:2380"},
            "etcd would listen at http://100.64.0.1:2380 without TLS",
        ),
        ({"ETCD_LISTEN_METRICS_URLS": "http://100.64.0.1:2381"}, "etcd would listen at http://100.64.0.1:2381 without"),
        (
            {"ETCD_CLIENT_CERT_AUTH": "false"},
            "etcd lets anyone in who reaches its port. Set ETCD_CLIENT_CERT_AUTH=true",
        ),
        (
            {"ETCD_PEER_CLIENT_CERT_AUTH": ""},
            "etcd lets anyone in who reaches its port. Set ETCD_PEER_CLIENT_CERT_AUTH",
        ),
    ],
    ids=["plain peers", "open metrics", "any client", "any peer"],
)
def test_refuses_an_etcd_that_is_open(changes: dict[str, str], said: str) -> None:
    assert violations(create=etcd(3, changes)) == []
    (message,) = doors(create=etcd(3, changes))
    assert message.startswith(f"thing: {said}")


def test_allows_other_resources() -> None:
    assert violations("command:local:Command", create=member(4, arbitrated=False)) == []


def voters(remove: str = "", add: str = "") -> list[str]:
    """The steps of a member and of the arbitrator. Their provider options are the program's, but for this."""
    texts = (member_settings("host-1", 2, "100.64.0.1"), arbitrator_settings(2, "100.64.0.9", hosts(2)))
    changed = [re.sub(remove, add, text) if remove else text for text in texts]
    assert not remove or changed != list(texts)
    return [run(TARGET, "write_file x <<<$SETTINGS", {"SETTINGS": text}) for text in changed]


def test_allows_voters_that_know_each_other_by_certificates() -> None:
    for step in voters():
        assert doors(create=step) == []


@pytest.mark.parametrize(
    ("remove", "add", "said"),
    [
        (
            r"socket\.ssl=yes;",
            "",
            "Galera would talk to its members in plain text, and let anyone in. Set socket.ssl=yes",
        ),
        (r"socket\.ssl=yes", "socket.ssl=off", "Galera would talk to its members in plain text"),
        (r"socket\.ssl_ca=[^;]*;", "", "Galera would not know its members by certificates. Set socket.ssl_ca."),
        (r"socket\.ssl_cert=[^;]*;", "", "Galera would not know its members by certificates. Set socket.ssl_cert."),
        (
            r"socket\.ssl_key=[^;]*;",
            "socket.ssl_key=;",
            "Galera would not know its members by certificates. Set socket.ssl_",
        ),
        (r"gmcast\.", "socket.dynamic=true;gmcast.", "Galera would also let in members without a certificate. Remove"),
    ],
    ids=["no TLS", "TLS off", "no authority", "no certificate", "no key", "both"],
)
def test_refuses_voters_that_let_others_in(remove: str, add: str, said: str) -> None:
    for step in voters(remove, add):
        (message,) = doors(create=step)
        assert message.startswith(f"thing: {said}")
        assert violations(create=step) == []


def test_refuses_voters_without_any_options() -> None:
    for step in voters(r"(?m)^(wsrep_provider_options|GALERA_OPTIONS).*\n"):
        assert len(doors(create=step)) == 4


@pytest.mark.parametrize("rule", [datastore_has_a_majority_and_one_writer, datastore_lets_no_stranger_in])
def test_is_mandatory(rule: ResourceValidationPolicy) -> None:
    assert rule.enforcement_level is EnforcementLevel.MANDATORY
