"""traefik.yaml, as text beside this test, and the addresses that only nodes have."""

from ipaddress import IPv4Network
from pathlib import Path

import yaml

from components.ingress.configuration import gateways, static_configuration
from components.settings.ingress import Ingress
from tests.components.golden import check

FIXTURES = Path(__file__).parent / "fixtures"
VISITORS = ("192.0.2.0/28", "2001:db8:f::/48")


def test_configuration() -> None:
    check(FIXTURES / "traefik.yaml", static_configuration(Ingress(), VISITORS, ()))


def test_configuration_with_ipv6_visitors_and_a_dashboard() -> None:
    text = static_configuration(Ingress(dashboard=True), VISITORS, ("10.42.0.0/31", "10.42.1.0/31"))
    check(FIXTURES / "traefik-with-all.yaml", text)


def test_nobody_is_believed_but_the_edge() -> None:
    points = yaml.safe_load(static_configuration(Ingress(), VISITORS, ()))["entryPoints"]
    for name in ("web", "websecure"):
        assert points[name]["forwardedHeaders"] == {"trustedIPs": list(VISITORS)}
        assert "proxyProtocol" not in points[name]


def test_the_dashboard_is_within_the_pod_alone_and_only_if_asked_for() -> None:
    assert "api" not in yaml.safe_load(static_configuration(Ingress(), VISITORS, ()))
    asked = yaml.safe_load(static_configuration(Ingress(dashboard=True), VISITORS, ()))
    assert asked["entryPoints"]["dashboard"]["address"].startswith("127.0.0.1:")
    assert asked["api"].get("insecure") is None


def test_only_nodes_have_the_first_two_addresses_of_their_part() -> None:
    found = gateways(IPv4Network("10.42.0.0/16"))
    assert len(found) == 256
    assert found[:2] == ("10.42.0.0/31", "10.42.1.0/31")
    assert gateways(IPv4Network("10.42.7.0/24")) == ("10.42.7.0/31",)
