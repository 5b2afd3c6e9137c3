"""A stack keeps its kind of datastore: the look refuses the other one as long as the state has steps of the first."""

import pytest

from components.look.kept_datastore import datastore_stays_of_its_kind, only_copy_stays_on_its_host
from components.look.machines import BEGUN, GONE, LOGGED_OUT, OUTGROWN, REINSTALLED, Machine
from components.look.state import Done, Login
from tests.stack import settings

DONE = Done("a command", Login("100.64.0.1", 22, "operator", "key", "ssh-ed25519 AAAA"))
GALERA = ("datastore-packages-oracle-1", "datastore-member-oracle-1", "datastore-database-k3s")
ETCD = ("datastore-program-oracle-1", "datastore-member-oracle-1", "datastore-members")
SQLITE = ("datastore-file-oracle-1",)


def found(kind: str, *steps: str) -> list[str]:
    """What is refused, with these steps in the state."""
    return [finding.message for finding in datastore_stays_of_its_kind(kind, dict.fromkeys(steps, DONE))]


@pytest.mark.parametrize(
    ("kind", "steps"), [("galera", GALERA), ("etcd", ETCD), ("sqlite", SQLITE), ("galera", ()), ("etcd", ())]
)
def test_its_own_kind_goes_on(kind: str, steps: tuple[str, ...]) -> None:
    assert found(kind, "oracle-1-verbs", *steps) == []


@pytest.mark.parametrize(
    ("kind", "before", "steps"),
    [
        ("etcd", "galera", GALERA),
        ("galera", "etcd", ETCD),
        ("galera", "sqlite", SQLITE),
        ("sqlite", "galera", GALERA),
        ("sqlite", "etcd", ETCD),
    ],
)
def test_the_other_kind_is_refused_with_the_way_to_it(kind: str, before: str, steps: tuple[str, ...]) -> None:
    (message,) = found(kind, *steps)
    assert message.startswith(f"was {before}, and this stack's cluster has its data there")
    assert f"Set it back to {before}." in message
    assert "make another stack" in message


STAY = Machine()
GROWN = Machine(change=OUTGROWN)


def moved(kind: str, machines: dict[str, Machine], *, server: str = "oracle-1", file: str = "oracle-1") -> list[str]:
    """Keys and messages of what is refused, with a file on `file` in the state and the role server on `server`."""
    roles = {
        name: {"roles": ["server" if name == server else "agent"]} for name in ("oracle-1", "oracle-2", "oracle-3")
    }
    hosts = settings(hosts=roles, datastore={"kind": "sqlite"}).hosts
    done = {f"datastore-file-{file}": DONE, "oracle-2-verbs": DONE}
    return [f"{one.key} {one.message}" for one in only_copy_stays_on_its_host(kind, hosts, machines, done)]


def test_the_only_copy_stays_where_it_is() -> None:
    machines = dict.fromkeys(("oracle-1", "oracle-2", "oracle-3", "oracle-4"), STAY)
    assert moved("sqlite", machines) == []
    for server, file in (("oracle-2", "oracle-1"), ("oracle-1", "gone-1")):
        (said,) = moved("sqlite", machines, server=server, file=file)
        assert said.startswith(f"hosts.{file} has the cluster's state alone: sqlite does not move it.")
        assert f"Make {file} the server again." in said


def test_the_machine_with_the_only_copy_is_not_replaced() -> None:
    machines = dict.fromkeys(("oracle-1", "oracle-2", "oracle-3", "oracle-4"), STAY)
    (said,) = moved("sqlite", {**machines, "oracle-1": GROWN})
    assert said.startswith("hosts.oracle-1 has a processor of another kind now")
    assert moved("sqlite", {**machines, "oracle-2": GROWN}) == []


@pytest.mark.parametrize("change", [GONE, BEGUN, REINSTALLED])
def test_a_lost_copy_is_not_followed_by_an_empty_cluster(change: str) -> None:
    machines = dict.fromkeys(("oracle-1", "oracle-2", "oracle-3"), STAY)
    (said,) = moved("sqlite", {**machines, "oracle-1": Machine(change=change)})
    assert "and the cluster's state with it" in said
    assert "docs/datastores.md#sqlite" in said
    assert moved("sqlite", {**machines, "oracle-1": Machine(change=LOGGED_OUT)}) == []


def test_kinds_with_several_copies_may_lose_one() -> None:
    assert moved("etcd", {"oracle-1": GROWN}, server="oracle-2") == []
