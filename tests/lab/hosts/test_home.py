"""A machine at home as a host: its addresses, its router, its owner."""

import json
from dataclasses import replace
from typing import Any

import pytest

from lab.hosts import HOME
from lab.hosts.home import Home, home_spec

GOOD = Home(
    name="home-1",
    address="192.168.1.20",
    number=10,
    user="pi",
    public_key="ssh-ed25519 AAAA1",
    host_key="PRIVATE",
    host_public_key="ssh-ed25519 AAAA2",
)


def cloud_config(home: Home) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(home_spec(home).user_data.removeprefix(b"#cloud-config\n"))
    return document


def test_it_is_where_the_settings_say_behind_the_router_of_its_home() -> None:
    spec = home_spec(GOOD)
    assert (spec.cloud, spec.private_address, spec.subnet, spec.gateway) == (
        *(HOME, "192.168.1.20", "192.168.1.0/24", "192.168.1.1"),
    )
    assert (spec.public_address, spec.shared_address, spec.ipv6) == (None, "192.0.2.40", None)
    inward = [(rule.protocol, rule.network, rule.ports) for rule in spec.firewall if rule.direction == "ingress"]
    assert inward == [
        ("all", "192.168.1.0/24", None),
        ("tcp", "192.0.2.10/32", (22, 22)),
        ("tcp", "2001:db8:0:2::10/128", (22, 22)),
    ]


def test_the_router_passes_web_ports_on_from_the_public_address() -> None:
    spec = home_spec(replace(GOOD, public_address="198.51.100.7"))
    assert (spec.public_address, spec.shared_address) == ("198.51.100.7", None)
    assert [rule.ports for rule in spec.firewall if rule.network == "0.0.0.0/0" and rule.direction == "ingress"] == [
        (80, 80),
        (443, 443),
    ]
    spec = home_spec(replace(GOOD, public_address="2001:db8:300::7"))
    assert (spec.public_address, spec.shared_address) == (None, "192.0.2.40")
    assert (spec.ipv6, spec.public_ipv6) == ("fd00:200::a", "2001:db8:300::7")


def test_a_machine_with_ipv6_or_a_public_address() -> None:
    spec = home_spec(replace(GOOD, address="2001:db8:300::20"))
    assert (spec.private_address, spec.ipv6, spec.ipv6_subnet) == (
        *("192.168.200.10", "2001:db8:300::20", "2001:db8:300::/64"),
    )
    rented = home_spec(replace(GOOD, address="5.6.7.1"))
    assert (rented.private_address, rented.gateway, rented.shared_address) == ("5.6.7.1", "5.6.7.254", None)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("127.0.0.1", "is no address of a machine"),
        ("fe80::1", "is no address"),
        ("100.64.0.5", "is not at home: 100.64.0.0/10"),
        ("203.0.113.9", "is not at home: 203.0.113.0/24"),
    ],
)
def test_refuses_addresses_that_mean_something_else_in_a_lab(address: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        home_spec(replace(GOOD, address=address))


def test_its_user_has_the_key_and_sudo_without_a_password() -> None:
    (user,) = cloud_config(GOOD)["users"]
    assert (user["name"], user["ssh_authorized_keys"]) == ("pi", ["ssh-ed25519 AAAA1"])
    assert user["sudo"] == "ALL=(ALL) NOPASSWD:ALL"
    assert user["lock_passwd"]
    assert "chpasswd" not in cloud_config(GOOD)


def test_or_with_one() -> None:
    config = cloud_config(replace(GOOD, sudo_password="hunter2"))
    assert config["users"][0]["sudo"] == "ALL=(ALL) ALL"
    assert config["chpasswd"]["users"] == [{"name": "pi", "password": "hunter2", "type": "text"}]


def test_its_disk_its_port_and_root_if_that_is_who_logs_in() -> None:
    config = cloud_config(replace(GOOD, user="root", port=2222, folder="/srv/data"))
    assert config["runcmd"] == [["mkdir", "-p", "/srv/data"]]
    assert config["write_files"][0]["content"] == "Port 22\nPort 2222\nPermitRootLogin prohibit-password\n"
    assert (2222, 2222) in [
        rule.ports for rule in home_spec(replace(GOOD, port=2222)).firewall if rule.protocol == "tcp"
    ]


def test_its_secrets_are_not_printed() -> None:
    shown = repr(replace(GOOD, sudo_password="hunter2"))
    assert "PRIVATE" not in shown
    assert "hunter2" not in shown
