"""HAProxy's sections, as text beside this test; HAProxy reads them on a lab host."""

from pathlib import Path

from components.datastore.galera.sections import databases_section, writer_section
from tests.components.golden import check

FIXTURES = Path(__file__).parent / "fixtures"
SERVERS = {"oracle-1": "100.64.0.1", "oracle-2": "100.64.0.2", "azure-1": "100.64.0.7"}


def test_one_writer() -> None:
    check(FIXTURES / "writer.cfg", writer_section(SERVERS))


def test_the_same_writer_for_pods_of_a_host() -> None:
    section = databases_section(3307, "100.64.0.9", SERVERS)
    check(FIXTURES / "databases.cfg", section)
    assert lines_of_servers(section) == lines_of_servers(writer_section(SERVERS))


def lines_of_servers(section: str) -> list[str]:
    return [line for line in section.splitlines() if line.startswith("  server ")]


def test_all_but_the_first_are_backups() -> None:
    assert ["backup" in line.split() for line in lines_of_servers(writer_section(SERVERS))] == [False, True, True]


def test_return_of_the_last_member_ends_no_session() -> None:
    assert "on-marked-up" not in lines_of_servers(writer_section(SERVERS))[-1]
    assert all("on-marked-up" in line for line in lines_of_servers(writer_section(SERVERS))[:-1])
