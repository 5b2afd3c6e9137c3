"""A stack keeps its kind of datastore: the look refuses the other one as long as the state has steps of the first."""

import pytest

from components.look.kept_datastore import datastore_stays_of_its_kind
from components.look.state import Done, Login

DONE = Done("a command", Login("100.64.0.1", 22, "operator", "key", "ssh-ed25519 AAAA"))
GALERA = ("datastore-packages-oracle-1", "datastore-member-oracle-1", "datastore-database-k3s")
ETCD = ("datastore-program-oracle-1", "datastore-member-oracle-1", "datastore-members")


def found(kind: str, *steps: str) -> list[str]:
    """What is refused, with these steps in the state."""
    return [finding.message for finding in datastore_stays_of_its_kind(kind, dict.fromkeys(steps, DONE))]


@pytest.mark.parametrize(("kind", "steps"), [("galera", GALERA), ("etcd", ETCD), ("galera", ()), ("etcd", ())])
def test_its_own_kind_goes_on(kind: str, steps: tuple[str, ...]) -> None:
    assert found(kind, "oracle-1-verbs", *steps) == []


@pytest.mark.parametrize(("kind", "before", "steps"), [("etcd", "galera", GALERA), ("galera", "etcd", ETCD)])
def test_the_other_kind_is_refused_with_the_way_to_it(kind: str, before: str, steps: tuple[str, ...]) -> None:
    (message,) = found(kind, *steps)
    assert message.startswith(f"was {before}, and this stack's cluster has its data there")
    assert f"Set it back to {before}." in message
    assert "make another stack" in message
