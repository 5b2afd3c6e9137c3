"""The files of a member and of the arbitrator, as text beside this test."""

from pathlib import Path

import pytest

from components.datastore.galera.configuration import arbitrator_settings, member_settings, membership
from tests.components.golden import check

FIXTURES = Path(__file__).parent / "fixtures"
MEMBERS = {"oracle-1": "100.64.0.1", "oracle-2": "100.64.0.2", "home-1": "100.64.0.9"}


def test_settings_of_a_member() -> None:
    check(FIXTURES / "60-galera.cnf", member_settings("oracle-2", 2, "100.64.0.2"))


def test_members_of_the_cluster() -> None:
    check(FIXTURES / "61-galera-members.cnf", membership("oracle-2", MEMBERS, None))


def test_members_and_an_arbitrator() -> None:
    two = {"oracle-1": "100.64.0.1", "oracle-2": "100.64.0.2"}
    check(FIXTURES / "61-with-arbitrator.cnf", membership("oracle-1", two, "100.64.0.9"))


def test_settings_of_the_arbitrator() -> None:
    two = {"oracle-1": "100.64.0.1", "oracle-2": "100.64.0.2"}
    check(FIXTURES / "garb", arbitrator_settings(2, "100.64.0.9", two))


def test_members_and_arbitrator_wait_as_long_as_they_are_told() -> None:
    assert "evs.suspect_timeout=PT5S;" in member_settings("oracle-2", 5, "100.64.0.2")
    assert "evs.suspect_timeout=PT5S;" in arbitrator_settings(5, "100.64.0.9", MEMBERS)


@pytest.mark.parametrize("name", MEMBERS)
def test_a_restart_is_not_needed_when_members_come_or_go(name: str) -> None:
    others = [address for other, address in MEMBERS.items() if other != name]
    assert not any(address in member_settings(name, 2, MEMBERS[name]) for address in others)


def test_the_writer_is_asked_last_for_its_data() -> None:
    assert "wsrep_sst_donor = home-1,oracle-1,\n" in membership("oracle-2", MEMBERS, None)
