"""What a visitor of a site sees: an answer over TLS by way of the edge, and nothing by any other way."""

import json

from tests.end_to_end.running import RunningLab
from tests.end_to_end.visitor import Visitor

FORGED = "203.0.113.77"
VISITOR = "192.0.2.20"
EDGE = "192.0.2.30"
FORGERIES = [
    word
    for name in ("X-Forwarded-For", "X-Real-Ip", "CF-Connecting-IP", "True-Client-IP", "Forwarded")
    for word in ("-H", f"{name}: {'for=' if name == 'Forwarded' else ''}{FORGED}")
]


def believed(chain: str) -> str:
    """The visitor's address by X-Forwarded-For: the last one that is not the edge's own."""
    addresses = [address.strip() for address in chain.split(",")]
    return next((address for address in reversed(addresses) if address != EDGE), "")


def test_whoami_answers_and_sees_the_visitor_s_address(visitor: Visitor) -> None:
    answer = visitor.get(visitor.url("whoami"))
    assert answer.status == 200, answer.text
    assert answer.header("Cf-Connecting-Ip") == VISITOR, answer.text
    assert believed(answer.header("X-Forwarded-For")) == VISITOR, answer.text
    assert answer.header("X-Forwarded-Proto") == "https", answer.text


def test_a_forged_address_is_not_believed(visitor: Visitor) -> None:
    answer = visitor.get(visitor.url("whoami"), *FORGERIES)
    assert answer.status == 200, answer.text
    assert answer.header("Cf-Connecting-Ip") == VISITOR, answer.text
    assert believed(answer.header("X-Forwarded-For")) == VISITOR, answer.text
    assert answer.header("X-Real-Ip") != FORGED, answer.text


def test_nobody_gets_past_the_edge(visitor: Visitor, lab: RunningLab, ingress_hosts: list[str]) -> None:
    """Whoever knows an origin's address finds its ports closed, forged headers or not."""
    known = json.loads(lab.must("status", "--json"))["hosts"]
    for host in ingress_hosts:
        for scheme, port in (("https", 443), ("http", 80)):
            address = known[host]["public_address"]
            to_origin = ["--connect-to", f"::{address}:{port}", "-k", *FORGERIES]
            answer = visitor.get(f"{scheme}://whoami.{visitor.domain}/", *to_origin, seconds=3)
            assert answer.status == 0, f"{host} answered by {scheme}: {answer.text}"


def test_http_is_sent_to_https(visitor: Visitor) -> None:
    answer = visitor.get(f"http://whoami.{visitor.domain}/page?x=1", "-o", "/dev/null", "-D", "-")
    assert answer.status in {301, 308}, answer.text
    assert answer.header("Location") == visitor.url("whoami", "/page?x=1"), answer.text


def test_an_unknown_name_of_the_domain_has_no_site(visitor: Visitor) -> None:
    answer = visitor.get(visitor.url("nobody"))
    assert answer.status == 0, answer.text
    assert "resolve" in answer.text.lower(), answer.text


def test_origins_refuse_names_that_no_site_has(visitor: Visitor, lab: RunningLab, ingress_hosts: list[str]) -> None:
    """Asked from the edge, as Cloudflare would: only routes answer, and TLS older than 1.2 is refused."""
    known = json.loads(lab.must("status", "--json"))["hosts"]
    for host in ingress_hosts:
        address = known[host]["public_address"]
        ask = ["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "10"]
        there = ["--connect-to", f"::{address}:443"]
        found = lab.output_of("edge", *ask, *there, f"https://nobody.{visitor.domain}/")
        assert found.output == "404", f"{host}: {found.output}"
        old = lab.output_of("edge", *ask, *there, "--tls-max", "1.1", f"https://whoami.{visitor.domain}/")
        assert old.status == 35, f"{host} spoke TLS 1.1: status {old.status}, {old.output}"
