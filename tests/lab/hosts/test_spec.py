"""Hosts that can't be are refused before anything is made."""

from dataclasses import replace
from typing import Any

import pytest

from lab.hosts import AttachedVolume, HostSpec
from lab.lab import ROLES

GOOD = HostSpec("oracle-1", "10.0.0.11", "10.0.0.0/24", "10.0.0.1", "10.0.0.0/16", "198.51.100.11", b"secret")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "Oracle"}, "use a DNS label"),
        ({"name": "a_b"}, "use a DNS label"),
        ({"name": ""}, "use a DNS label"),
        ({"private_address": "10.0.1.11"}, "10.0.1.11 is not in its subnet 10.0.0.0/24"),
        ({"gateway": "10.0.1.1"}, "10.0.1.1 is not in its subnet"),
        ({"private_address": "10.0.0.1"}, "is its gateway's address"),
        ({"public_address": "192.0.2.10"}, "public address 192.0.2.10 is not in 198.51.100.0/24"),
        ({"subnet": "10.0.0.0/40"}, "10.0.0.0/40"),
        ({"ipv6": "2001:db8:100::11"}, r"2001:db8:100::11 is not in its subnet \(none\)"),
        ({"ipv6": "2001:db8:100::11", "ipv6_subnet": "2001:db8:101::/64"}, "is not in its subnet 2001:db8:101::/64"),
        ({"public_ipv6": "2001:db8:180::1"}, "needs a private IPv6 address to be translated to"),
        (
            {"ipv6": "2001:db8:100::1", "ipv6_subnet": "2001:db8:100::/64", "public_ipv6": "2001:db8:180::1"},
            "needs a private IPv6 address",
        ),
        ({"shared_address": "192.0.2.40"}, "has an address of its own or shares one, not both"),
        ({"volumes": (AttachedVolume("a"), AttachedVolume("a", ("/dev/sdb",)))}, "can be attached to it once"),
    ],
)
def test_refuses(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(GOOD, **change)


@pytest.mark.parametrize("path", ["sdb", "/dev", "/etc/passwd", "/dev/../etc", "/dev/loop3", "/dev/a b", "/dev/sdb/"])
def test_refuses_paths_that_lead_to_no_device(path: str) -> None:
    with pytest.raises(ValueError, match="is no path for it"):
        AttachedVolume("data", (path,))


def test_a_private_ipv6_address_is_known_outside_by_the_one_that_is_translated_to_it() -> None:
    own = replace(GOOD, ipv6="fd00:1::4", ipv6_subnet="fd00:1::/64")
    assert own.global_ipv6 is None
    assert replace(own, public_ipv6="2001:db8:180::4").global_ipv6 == "2001:db8:180::4"
    assert replace(GOOD, ipv6="2001:db8:100::4", ipv6_subnet="2001:db8:100::/64").global_ipv6 == "2001:db8:100::4"


@pytest.mark.parametrize("role", ROLES)
def test_refuses_the_names_of_the_labs_own_namespaces(role: str) -> None:
    with pytest.raises(ValueError, match="use a DNS label other than"):
        replace(GOOD, name=role)


def test_user_data_is_not_printed() -> None:
    assert "secret" not in repr(GOOD)


def test_private_addresses_reach_the_subnet_alone_without_a_network() -> None:
    assert GOOD.attachment.network == "10.0.0.0/16"
    assert replace(GOOD, network="").attachment.network == "10.0.0.0/24"
