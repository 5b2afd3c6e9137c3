"""A visitor of a lab's internet: names, the edge and its origins, on real networks, without any host."""

import hashlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.internet.ca import Identity
from lab.internet.edge_proxy import certificates_folder
from lab.lab import EDGE_ADDRESS, EDGE_ADDRESS_6, VISITOR_ADDRESS, VISITOR_ADDRESS_6
from tests.lab.internet.outside import DOMAIN, ZONE, Outside, begin, end

pytestmark = pytest.mark.lab

GAP_SECONDS = 5
"""How long an origin that is gone may hold a visitor up."""
ONE, TWO = "198.51.100.11", "198.51.100.12"


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    """With a name `www` on two origins."""
    outside = begin(tmp_path_factory.mktemp("lab"))
    try:
        for address in (ONE, TWO):
            outside.start_origin(address)
        outside.proxied("www", ONE, TWO)
        yield outside
    finally:
        end(outside)


def looked_up(outside: Outside, name: str) -> set[str]:
    """Addresses of a name as any program of the visitor's finds them."""
    program = f"import socket; print(*{{each[4][0] for each in socket.getaddrinfo({name!r}, 443)}})"
    result = outside.visitor.run([sys.executable, "-c", program])
    return set(result.stdout.split()) if result.returncode == 0 else {result.stderr.strip().splitlines()[-1]}


def test_proxied_names_are_the_edge_s_and_others_don_t_exist(outside: Outside) -> None:
    outside.make("DnsRecord", zoneId=ZONE, name="plain", type="A", content="198.51.100.77", ttl=60)
    assert looked_up(outside, f"www.{DOMAIN}") == {EDGE_ADDRESS, EDGE_ADDRESS_6}
    assert looked_up(outside, f"plain.{DOMAIN}") == {"198.51.100.77"}
    for name in (f"nobody.{DOMAIN}", "elsewhere.example"):
        assert "not known" in looked_up(outside, name).pop()


@pytest.mark.parametrize(("family", "address"), [("-4", VISITOR_ADDRESS), ("-6", VISITOR_ADDRESS_6)])
def test_the_origin_learns_the_visitor_s_address_and_what_it_claims(
    outside: Outside, family: str, address: str
) -> None:
    got = outside.headers(
        f"https://www.{DOMAIN}/", family, "-H", "X-Forwarded-For: 6.6.6.6", "-H", "CF-Connecting-IP: 6.6.6.6"
    )
    assert got["cf-connecting-ip"] == address
    assert got["x-forwarded-for"] == f"6.6.6.6, {address}"
    assert got["x-forwarded-proto"] == "https"


def test_who_comes_by_http_gets_to_the_origin_s_port_80(outside: Outside) -> None:
    code, body = outside.ask(f"http://www.{DOMAIN}/")
    assert (code, '"port": 80' in body, '{\\"scheme\\":\\"http\\"}' in body) == (200, True, True), body


def test_a_name_without_a_record_is_refused(outside: Outside) -> None:
    reach = f"gone.{DOMAIN}:443:{EDGE_ADDRESS}"
    assert outside.ask(f"https://gone.{DOMAIN}/", "--resolve", reach)[0] == 530


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_sixty_four_mebibytes_arrive_whole(outside: Outside, tmp_path: Path, version: str) -> None:
    """With the former, curl asks first whether it may send so much, as boto3 does."""
    file = tmp_path / "large"
    file.write_bytes(b"0123456789abcdef" * (4 << 20))
    code, body = outside.ask(f"https://www.{DOMAIN}/large", version, "-T", str(file))
    assert code == 200, body
    assert hashlib.sha256(file.read_bytes()).hexdigest() in body


def test_an_origin_that_has_only_ipv6_is_reached(outside: Outside) -> None:
    outside.start_origin("2001:db8:100::14")
    outside.proxied("six", "2001:db8:100::14")
    assert outside.headers(f"https://six.{DOMAIN}/", "-4")["cf-connecting-ip"] == VISITOR_ADDRESS


def test_a_certificate_that_visitors_would_trust_is_none_for_origins(outside: Outside) -> None:
    folder = certificates_folder(outside.lab)
    outside.start_origin("198.51.100.13", Identity(folder / f"{DOMAIN}.pem", folder / f"{DOMAIN}.key"))
    outside.proxied("impostor", "198.51.100.13")
    assert outside.ask(f"https://impostor.{DOMAIN}/")[0] == 526


def test_an_origin_that_is_not_there_is_told_within_seconds(outside: Outside) -> None:
    outside.proxied("absent", "198.51.100.66")
    begin = time.monotonic()
    assert outside.ask(f"https://absent.{DOMAIN}/")[0] in (522, 523)
    assert time.monotonic() - begin < GAP_SECONDS


def test_nothing_of_the_machine_is_changed(outside: Outside) -> None:
    before = [Path(file).read_bytes() for file in ("/etc/resolv.conf", "/etc/nsswitch.conf")]
    shown = outside.visitor.run(["cat", "/etc/resolv.conf"]).stdout
    assert "203.0.113.3" in shown
    assert [Path(file).read_bytes() for file in ("/etc/resolv.conf", "/etc/nsswitch.conf")] == before
    assert socket.gethostname() not in shown


LOOP = """
import httpx, time, sys
url, seconds = sys.argv[1], float(sys.argv[2])
worst, failed, done, end = 0.0, 0, 0, time.monotonic() + seconds
with httpx.Client(timeout=20, http2=False) as client:
    while time.monotonic() < end:
        begin = time.monotonic()
        try:
            failed += client.get(url).status_code != 200
        except httpx.HTTPError:
            failed += 1
        worst = max(worst, time.monotonic() - begin)
        done += 1
        time.sleep(max(0.0, 0.1 - (time.monotonic() - begin)))
print(worst, failed, done)
"""


@pytest.mark.parametrize(("name", "number", "cut"), [("power", 20, "cut_power"), ("cable", 30, "cut_cable")])
def test_an_origin_that_goes_away_holds_visitors_up_for_seconds_only(
    outside: Outside, name: str, number: int, cut: str
) -> None:
    """While connections of the edge to it are kept, so that requests are on their way to it."""
    lost, left = f"198.51.100.{number}", f"198.51.100.{number + 1}"
    for address in (lost, left):
        outside.start_origin(address)
    outside.proxied(name, lost, left)
    url = f"https://{name}.{DOMAIN}/"
    for _ in range(8):
        assert outside.ask(url)[0] == 200
    command = outside.visitor.command([sys.executable, "-c", LOOP, url, "7"])
    loop = subprocess.Popen(command, env=outside.visitor.environment(), stdout=subprocess.PIPE, text=True)
    time.sleep(2)
    getattr(outside, cut)(lost)
    printed, _ = loop.communicate(timeout=60)
    worst, failed, done = printed.split()
    assert int(failed) == 0, printed
    assert float(worst) < GAP_SECONDS, f"a visitor has waited for {worst} s"
    assert int(done) > 20, printed
    assert {json.loads(outside.ask(url)[1])["origin"] for _ in range(4)} == {left}
