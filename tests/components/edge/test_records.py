"""Records: one for each ingress host and family, keyed by names that stay when others come and go."""

from dataclasses import replace
from functools import partial

import pulumi
import pytest

from components.edge.records import point_at
from components.hosts.host import Host
from tests.components.entry import ZONE, ingress_host
from tests.engine import run

NAME = "www.example.org"


def declare(*numbers: int, ipv6: bool = True) -> None:
    hosts: dict[str, Host] = {f"oracle-{n}": ingress_host(f"oracle-{n}", n, ipv6) for n in numbers}
    point_at(NAME, ZONE, hosts, pulumi.ResourceOptions())


def records(*numbers: int, ipv6: bool = True) -> dict[str, tuple[str, str]]:
    seen = run(partial(declare, *numbers, ipv6=ipv6)).of("DnsRecord")
    return {one.name: (one.inputs["type"], one.inputs["content"]) for one in seen}


def test_a_name_points_at_every_host_in_both_families() -> None:
    assert records(1, 2) == {
        f"{NAME}-oracle-1-a": ("A", "198.51.100.1"),
        f"{NAME}-oracle-1-aaaa": ("AAAA", "2001:db8::1"),
        f"{NAME}-oracle-2-a": ("A", "198.51.100.2"),
        f"{NAME}-oracle-2-aaaa": ("AAAA", "2001:db8::2"),
    }


def test_a_host_without_ipv6_has_no_record_of_it() -> None:
    assert records(1, ipv6=False).keys() == {f"{NAME}-oracle-1-a"}


def looked_at(has_ipv6: bool) -> None:
    """A host whose IPv6 address shows only on it."""
    host = ingress_host("oracle-1", 1)
    public = replace(host.public, has_ipv6=pulumi.Output.from_input(has_ipv6))
    point_at(NAME, ZONE, {"oracle-1": replace(host, public=public)}, pulumi.ResourceOptions())


@pytest.mark.parametrize(
    ("has_ipv6", "kind", "content"), [(True, "AAAA", "2001:db8::1"), (False, "TXT", '"oracle-1: no AAAA record"')]
)
def test_a_host_that_did_not_take_its_ipv6_address_has_no_aaaa_record(has_ipv6: bool, kind: str, content: str) -> None:
    ran = run(partial(looked_at, has_ipv6))
    record = ran.one("DnsRecord", f"{NAME}-oracle-1-aaaa").inputs
    assert (record["type"], record["content"], record["proxied"]) == (kind, content, has_ipv6)
    assert ran.one("DnsRecord", f"{NAME}-oracle-1-a").inputs["proxied"] is True


def test_a_host_that_goes_takes_its_own_records_only() -> None:
    assert records(2).items() <= records(1, 2).items()


def test_visitors_are_led_to_the_edge() -> None:
    made = run(partial(declare, 1)).of("DnsRecord")
    assert made
    for record in made:
        assert record.inputs["proxied"] is True
        assert record.inputs["ttl"] == 1
        assert record.inputs["name"] == NAME
        assert record.inputs["zoneId"] == ZONE
        assert record.inputs["comment"] == "tailnet-k3s lab: oracle-1"
