"""What a pod reaches, and what it does not: the rules as text, and in a kernel with a pod's packets."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from components.clouds.registry import metadata_networks
from components.cluster.pod_rules import INTERFACES, TABLE, pod_rules
from components.datastore.galera.ports import DATABASES_PORT, MEMBER_PORTS
from components.hosts.ssh_login import SshLogin
from components.look.findings import firewall
from components.look.gather.firewall import parse_nftables
from components.look.packets.nftables import Ruleset
from components.overlay.registry import OVERLAY
from tests.components.cluster.namespaces import (
    HOST,
    HOST_INSIDE,
    OTHER_HOST,
    OTHER_POD,
    Namespace,
    Target,
    host_and_pod,
)
from tests.components.golden import check
from tests.look.files import wanted_of

LOGINS = (SshLogin("192.168.1.50", 2222), SshLogin("nas.lan", 22), SshLogin("2001:db8::1", 22))
RULES = pod_rules(IPv4Network("10.42.0.0/16"), OVERLAY, MEMBER_PORTS, metadata_networks(), LOGINS)
NODE_PORTS = (6443, 10250)


def test_rules() -> None:
    check(Path(__file__).parent / "fixtures" / "pods.nft", RULES)


def test_they_name_the_interfaces_that_the_look_knows() -> None:
    needed = firewall.packets(wanted_of("home-1", {"roles": ["agent"]}))
    assert {packet.interface for packet in needed if packet.what in (firewall.PODS, firewall.THROUGH)} == set(
        INTERFACES
    )


CLOSED: list[Target] = [
    *((OTHER_HOST, port) for port in (22, *MEMBER_PORTS)),
    *((HOST, port) for port in (22, *MEMBER_PORTS)),
    (HOST_INSIDE, 22),
    ("192.168.1.50", 2222),
    *((address, 80) for address in ("169.254.169.254", "168.63.129.16")),
    ("168.63.129.16", 32526),
    ("169.254.0.2", 3260),
]
OPEN: list[Target] = [
    *((host, port) for host in (HOST, OTHER_HOST) for port in NODE_PORTS),
    (HOST, DATABASES_PORT),
    ("169.254.169.254", 53),
    ("168.63.129.16", 53),
    *((OTHER_POD, port) for port in (22, *MEMBER_PORTS)),
    *(("203.0.113.5", port) for port in (22, 3306, 9200)),
    ("192.168.1.50", 22),
]
"""Databases and SSH of pods and of the internet; and what Kubernetes needs of hosts."""


@pytest.fixture(scope="module")
def networks() -> Iterator[tuple[Namespace, Namespace, Namespace]]:
    with host_and_pod() as (host, pod, outside):
        own = [target for target in CLOSED + OPEN if target[0] in (HOST, HOST_INSIDE)]
        others = [target for target in CLOSED + OPEN if target not in own]
        with host.listening([*own, ("127.0.0.1", 3306)]), outside.listening(others):
            yield host, pod, outside


def load(host: Namespace, text: str) -> None:
    subprocess.run(host.command("nft", "-f", "-"), input=text, text=True, check=True)


@pytest.mark.lab
def test_pods_reach_their_own_kind_and_nothing_of_the_hosts(networks: tuple[Namespace, Namespace, Namespace]) -> None:
    host, pod, outside = networks
    everything = CLOSED + OPEN
    assert pod.seen_from(everything) == dict.fromkeys(everything, "answers"), "without the rules nothing is proved"
    load(host, RULES)
    try:
        assert pod.seen_from(everything) == dict.fromkeys(CLOSED, "silent") | dict.fromkeys(OPEN, "answers")
        assert host.seen_from(everything) == dict.fromkeys(everything, "answers"), "hosts go on as before"
        # a pod of another host comes by the tunnel
        assert outside.seen_from([(HOST_INSIDE, 22)]) == {(HOST_INSIDE, 22): "silent"}
    finally:
        host.run(f"nft delete table inet {TABLE}")


@pytest.mark.lab
def test_loading_them_again_leaves_one_table(networks: tuple[Namespace, Namespace, Namespace]) -> None:
    host, _, _ = networks
    load(host, RULES)
    first = host.run("nft --stateless list ruleset")
    load(host, RULES)
    assert host.run("nft --stateless list ruleset") == first
    host.run(f"nft delete table inet {TABLE}")


@pytest.mark.lab
def test_the_look_finds_no_fault_in_them(networks: tuple[Namespace, Namespace, Namespace]) -> None:
    host, _, _ = networks
    load(host, RULES)
    listed = parse_nftables(host.run("nft --json list ruleset"))
    host.run(f"nft delete table inet {TABLE}")
    assert listed is not None
    assert any(rule.get("rule", {}).get("table") == TABLE for rule in listed)
    needed = list(firewall.packets(wanted_of("home-1", {"roles": ["agent"]})))
    assert [packet.what for packet in needed if Ruleset(listed).dropped_by(packet)] == []
    ssh = replace(next(packet for packet in needed if packet.what == firewall.PODS), port=22)
    assert Ruleset(listed).dropped_by(ssh) == ("inet", TABLE, "input"), "the look reads them"


@pytest.mark.lab
def test_a_service_leads_no_pod_around_them(networks: tuple[Namespace, Namespace, Namespace]) -> None:
    """kube-proxy gives a packet its real target before the rules see it."""
    host, pod, _ = networks
    service = ("10.43.0.99", 80)
    host.run(f"""
        nft add chain ip nat prerouting '{{ type nat hook prerouting priority -100; }}'
        nft add rule ip nat prerouting ip daddr {service[0]} tcp dport 80 dnat to {OTHER_HOST}:3306
    """)
    assert pod.seen_from([service]) == {service: "answers"}
    load(host, RULES)
    assert pod.seen_from([service]) == {service: "silent"}
    host.run(f"nft delete table inet {TABLE}; nft delete chain ip nat prerouting")
