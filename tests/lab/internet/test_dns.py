"""The lab's name server answers for its own names, and says at once that there are no others."""

from collections.abc import Iterator

import pytest
from dnslib import QTYPE, RCODE, DNSRecord

from lab.internet.dns import name_servers

NAMES = {"mirror.lab.test": "203.0.113.5"}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A running server for UDP; the one for TCP is bound to a port of its own."""
    servers = name_servers("127.0.0.1", 0, NAMES)
    for server in servers:
        server.start_thread()
    yield servers[0].server.server_address[1]
    for server in servers:
        server.stop()


def ask(port: int, name: str, kind: str = "A") -> DNSRecord:
    """The answer to one question."""
    return DNSRecord.parse(DNSRecord.question(name, kind).send("127.0.0.1", port, timeout=5))


def test_a_name_of_the_lab_has_its_address(port: int) -> None:
    assert [str(answer.rdata) for answer in ask(port, "Mirror.LAB.test.").rr] == ["203.0.113.5"]


def test_another_name_does_not_exist(port: int) -> None:
    assert ask(port, "example.com").header.rcode == RCODE.NXDOMAIN


def test_a_name_without_such_a_record_exists_all_the_same(port: int) -> None:
    answer = ask(port, "mirror.lab.test", "AAAA")
    assert (answer.header.rcode, answer.rr) == (RCODE.NOERROR, [])
    assert QTYPE[answer.q.qtype] == "AAAA"
