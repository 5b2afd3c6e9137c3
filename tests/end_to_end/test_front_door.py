"""What a visitor of a site sees: an answer over TLS by way of the edge, and nothing by any other way."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from lab.hosts import list_hosts
from lab.lab import EDGE_ADDRESS, EDGE_ADDRESS_6, VISITOR_ADDRESS, VISITOR_ADDRESS_6
from tests.end_to_end.running import RunningLab, eventually
from tests.end_to_end.visitor import Answer, Visitor, origins

FORGED = "203.0.113.77"
VISITORS = pytest.mark.parametrize(
    ("family", "address"), [("-4", VISITOR_ADDRESS), ("-6", VISITOR_ADDRESS_6)], ids=["IPv4", "IPv6"]
)
FORGERIES = [
    word
    for name in ("X-Forwarded-For", "X-Real-Ip", "CF-Connecting-IP", "True-Client-IP", "Forwarded")
    for word in ("-H", f"{name}: {'for=' if name == 'Forwarded' else ''}{FORGED}")
]


def believed(chain: str) -> str:
    """The visitor's address by X-Forwarded-For: the last one that is not the edge's own."""
    addresses = [address.strip() for address in chain.split(",")]
    return next((address for address in reversed(addresses) if address not in {EDGE_ADDRESS, EDGE_ADDRESS_6}), "")


@VISITORS
def test_whoami_answers_and_sees_the_visitor_s_address(visitor: Visitor, family: str, address: str) -> None:
    answer = visitor.get(visitor.url("whoami"), family)
    assert answer.status == 200, answer.text
    assert answer.header("Cf-Connecting-Ip") == address, answer.text
    assert believed(answer.header("X-Forwarded-For")) == address, answer.text
    assert answer.header("X-Forwarded-Proto") == "https", answer.text


@VISITORS
def test_a_forged_address_is_not_believed(visitor: Visitor, family: str, address: str) -> None:
    answer = visitor.get(visitor.url("whoami"), family, *FORGERIES)
    assert answer.status == 200, answer.text
    assert answer.header("Cf-Connecting-Ip") == address, answer.text
    assert believed(answer.header("X-Forwarded-For")) == address, answer.text
    assert answer.header("X-Real-Ip") != FORGED, answer.text


def test_nobody_gets_past_the_edge(visitor: Visitor, lab: RunningLab, ingress_hosts: list[str]) -> None:
    """Whoever knows an origin's address finds its ports closed, forged headers or not."""

    def answer(way: tuple[str, str, int]) -> Answer:
        address, scheme, port = way
        to_origin = ["--connect-to", f"::{address}:{port}", "-k", *FORGERIES]
        return visitor.get(f"{scheme}://whoami.{visitor.domain}/", *to_origin, seconds=3)

    schemes = (("https", 443), ("http", 80))
    ways = [(address, *scheme) for address in origins(lab, ingress_hosts) for scheme in schemes]
    with ThreadPoolExecutor() as pool:  # all of it is waiting
        found = list(pool.map(answer, ways))
    assert {way: given.text for way, given in zip(ways, found, strict=True) if given.status != 0} == {}


def test_http_is_sent_to_https(visitor: Visitor) -> None:
    answer = visitor.get(f"http://whoami.{visitor.domain}/page?x=1", "-o", "/dev/null", "-D", "-")
    assert answer.status in {301, 308}, answer.text
    assert answer.header("Location") == visitor.url("whoami", "/page?x=1"), answer.text


def test_an_unknown_name_of_the_domain_has_no_site(visitor: Visitor) -> None:
    answer = visitor.get(visitor.url("nobody"))
    assert answer.status == 0, answer.text
    assert "resolve" in answer.text.lower(), answer.text


def test_origins_refuse_names_that_no_site_has(visitor: Visitor, lab: RunningLab, ingress_hosts: list[str]) -> None:
    """Asked from the edge, in both families."""
    for address in origins(lab, ingress_hosts):
        for name, expected in (("whoami", "200"), ("nobody", "404")):
            there = ["--connect-to", f"::{address}:443", f"https://{name}.{visitor.domain}/"]
            ask = ["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "10", *there]
            assert lab.output_of("edge", *ask).output == expected, f"{name} at {address}"


def test_origins_speak_no_old_tls(lab: RunningLab, ingress_hosts: list[str]) -> None:
    for address in origins(lab, ingress_hosts):
        for version, refused in (("-tls1_1", True), ("-tls1_2", False)):
            ask = ["openssl", "s_client", version, "-cipher", "DEFAULT:@SECLEVEL=0", "-connect", f"{address}:443"]
            said = lab.output_of("edge", *ask).output
            assert ("alert protocol version" in said) == refused, f"{address} with {version}: {said}"


def test_a_machine_that_takes_no_visitors_keeps_its_ports(lab: RunningLab, hosts: dict[str, list[str]]) -> None:
    """Its owner has something else there: k3s must not put itself before it."""
    name = next(name for name, roles in hosts.items() if "agent" in roles and "ingress" not in roles)
    address = next(host.private_address for host in list_hosts(lab.lab) if host.name == name)
    serve = "systemd-run --quiet --collect --unit=own-site python3 -m http.server 80 --directory /run/own-site"
    lab.ssh(name, f"mkdir -p /run/own-site && echo its own site >/run/own-site/index.html && {serve}")
    try:
        ask = f"curl -sS -m 3 http://{address}/ || true"
        eventually(f"the server of {name} to answer", 20, lambda: "its own site" in lab.ssh(name, ask))
    finally:
        lab.ssh(name, "systemctl stop own-site")
