"""Real hosts of two clouds and a home: IPv6, addresses that move, and networks that meet on the internet alone."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from lab.hosts import (
    HostError,
    HostSpec,
    Rule,
    reboot,
    set_firewall,
    set_public_addresses,
)
from lab.lab import EDGE, OPERATOR, SERVICES, VISITOR, Lab
from lab.network import namespace_command
from tests.lab.hosts.real_lab import EVERYTHING_OUT, blocked, connects, lab_of, spec, take_ipv6, wait_until_up

pytestmark = pytest.mark.lab

EVERYTHING_OUT_6 = Rule("egress", "all", "::/0")
SSH_6 = Rule("ingress", "tcp", "2001:db8:0:2::10/128", (22, 22))
ORACLE_1, ORACLE_2 = "2001:db8:100:1::11", "2001:db8:100:1::12"
AZURE_1, AZURE_PUBLIC = "fd00:1::13", "2001:db8:180::13"


def oracle(number: int, *rules: Rule) -> HostSpec:
    """A host with a global IPv6 address."""
    return replace(
        spec(number, EVERYTHING_OUT_6, *rules),
        user_data=b"",
        cloud="oracle",
        ipv6=f"2001:db8:100:1::{number}",
        ipv6_subnet="2001:db8:100:1::/64",
    )


def azure(*rules: Rule) -> HostSpec:
    """A host with a private IPv6 address that its cloud translates; IPv4 in the very range of the other cloud's."""
    return replace(
        spec(13, EVERYTHING_OUT_6, *rules),
        user_data=b"",
        cloud="azure",
        public_address="198.51.100.130",
        ipv6=AZURE_1,
        ipv6_subnet="fd00:1::/64",
        public_ipv6=AZURE_PUBLIC,
    )


NEIGHBOURS = Rule("ingress", "tcp", "2001:db8:100:1::/64", (22, 22))
FROM_ORACLE_1 = Rule("ingress", "tcp", f"{ORACLE_1}/128", (22, 22))
FROM_10 = Rule("ingress", "tcp", "10.0.0.0/8", (22, 22))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    hosts = [oracle(11, SSH_6), oracle(12, NEIGHBOURS, FROM_10), azure(FROM_ORACLE_1, FROM_10)]
    with lab_of("t-addr", tmp_path_factory.mktemp("lab"), *hosts) as lab:
        for host in hosts:
            wait_until_up(lab, host.name)
        for name, address in (("host-11", ORACLE_1), ("host-12", ORACLE_2)):
            assert blocked(lab, OPERATOR, address), "a host of Oracle's takes no IPv6 unasked"
            take_ipv6(lab, name, address)
        yield lab


def test_ipv6_is_filtered_by_the_same_lists(lab: Lab) -> None:
    assert connects(lab, OPERATOR, ORACLE_1)
    assert blocked(lab, VISITOR, ORACLE_1)
    assert blocked(lab, EDGE, ORACLE_1)
    assert connects(lab, "host-11", ORACLE_2)
    assert blocked(lab, "host-12", ORACLE_1)
    assert blocked(lab, OPERATOR, ORACLE_2)


def test_a_list_that_changes_counts_for_ipv6_at_once(lab: Lab) -> None:
    web = Rule("ingress", "tcp", "2001:db8:0:2::30/128", (22, 22))
    set_firewall(lab, "host-11", [EVERYTHING_OUT, EVERYTHING_OUT_6, web])
    assert connects(lab, EDGE, ORACLE_1)
    assert blocked(lab, OPERATOR, ORACLE_1)
    set_firewall(lab, "host-11", oracle(11, SSH_6).firewall)


def test_what_may_go_out_by_ipv4_may_not_by_ipv6_for_that(lab: Lab) -> None:
    set_firewall(lab, "host-11", [EVERYTHING_OUT, SSH_6])
    assert blocked(lab, "host-11", ORACLE_2)
    assert connects(lab, OPERATOR, ORACLE_1)
    set_firewall(lab, "host-11", oracle(11, SSH_6).firewall)


def test_nobody_sends_from_an_address_that_is_not_its_own(lab: Lab) -> None:
    forged = "2001:db8:100:1::99"
    for arguments in (["address", "add", f"{forged}/128", "dev", "eth0", "nodad"],):
        subprocess.run(namespace_command(lab, "host-11", ["ip", *arguments]), check=True)
    probe = f"import socket; s = socket.socket(socket.AF_INET6); s.settimeout(1); s.bind(('{forged}', 0)); "
    probe += f"s.connect(('{ORACLE_2}', 22))"
    run = subprocess.run(namespace_command(lab, "host-11", ["python3", "-c", probe]), capture_output=True, check=False)
    assert run.returncode != 0


def test_a_private_ipv6_address_is_reached_by_the_public_one_alone(lab: Lab) -> None:
    assert connects(lab, "host-11", AZURE_PUBLIC)
    assert blocked(lab, "host-11", AZURE_1)
    assert blocked(lab, OPERATOR, AZURE_PUBLIC)
    set_firewall(lab, "host-11", [*oracle(11).firewall, Rule("ingress", "tcp", f"{AZURE_PUBLIC}/128", (22, 22))])
    assert connects(lab, "host-13", ORACLE_1), "it goes out under another address than its public one"
    set_firewall(lab, "host-11", oracle(11, SSH_6).firewall)


def test_two_clouds_of_the_same_range_are_two_networks(lab: Lab) -> None:
    assert connects(lab, "host-11", "10.0.0.12")
    assert blocked(lab, "host-11", "10.0.0.13")
    assert blocked(lab, "host-13", "10.0.0.12")


def test_a_public_address_comes_later_and_moves_between_hosts_that_run(lab: Lab) -> None:
    everybody = Rule("ingress", "tcp", "0.0.0.0/0", (22, 22))
    reserved = "198.51.100.77"
    for name in ("host-11", "host-12"):
        set_firewall(lab, name, [EVERYTHING_OUT, everybody])
        set_public_addresses(lab, name, None, None)
    assert blocked(lab, VISITOR, "198.51.100.11")
    assert blocked(lab, "host-11", "203.0.113.3", 53)
    set_public_addresses(lab, "host-11", reserved, None)
    assert connects(lab, VISITOR, reserved)
    with pytest.raises(HostError, match=rf"host host-12: {reserved} is the address of host host-11"):
        set_public_addresses(lab, "host-12", reserved, None)
    set_public_addresses(lab, "host-11", None, None)
    assert blocked(lab, VISITOR, reserved)
    set_public_addresses(lab, "host-12", reserved, None)
    assert connects(lab, VISITOR, reserved)
    reboot(lab, "host-12")
    wait_until_up(lab, "host-12")
    assert connects(lab, VISITOR, reserved)


def test_a_public_ipv6_address_fits_a_private_one_only(lab: Lab) -> None:
    with pytest.raises(HostError, match="needs a private IPv6 address"):
        set_public_addresses(lab, "host-11", None, "2001:db8:180::99")
    set_public_addresses(lab, "host-13", "198.51.100.130", None)
    assert blocked(lab, "host-11", AZURE_PUBLIC)


def test_services_stay_out_of_reach_by_ipv6(lab: Lab) -> None:
    assert blocked(lab, SERVICES, ORACLE_1)
