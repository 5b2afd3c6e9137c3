"""What answers from outside (nothing) and over the tailnet (what its policy allows)."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab.hosts import HostState, list_hosts
from lab.lab import HOME_ROUTER_ADDRESS
from tests.end_to_end.running import RunningLab

# Run in one of the lab's networks: which of these TCP ports of an address accept a connection?
SCAN = """
import asyncio, json, sys
address, ports = sys.argv[1], json.loads(sys.argv[2])
async def probe(port, gate):
    async with gate:
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(address, port), 2)
        except (OSError, TimeoutError):
            return None
        writer.close()
        return port
async def main():
    gate = asyncio.Semaphore(400)
    print(json.dumps([p for p in await asyncio.gather(*(probe(p, gate) for p in ports)) if p]))
asyncio.run(main())
"""
OPERATOR_PORTS = {22, 6443}


def open_ports(lab: RunningLab, namespace: str, address: str, ports: set[int]) -> set[int]:
    """TCP ports of an address that accept a connection from one of the lab's networks."""
    scan = lab.output_of(namespace, "python3", "-c", SCAN, address, json.dumps(sorted(ports)), seconds=120)
    assert scan.status == 0, scan.output
    return set(json.loads(scan.output))


@pytest.fixture(scope="module")
def listening(lab: RunningLab, hosts: dict[str, list[str]]) -> dict[str, set[int]]:
    """By host: every TCP port on which it listens, on whatever address."""
    show = "ss -Hltn | awk '{print $4}' | sed 's/.*://' | sort -un"
    return {host: {int(port) for port in lab.ssh(host, show).split()} for host in hosts}


@pytest.fixture(scope="module")
def addresses(lab: RunningLab, hosts: dict[str, list[str]]) -> dict[str, str]:
    """Tailnet address of each host."""
    return {host: lab.ssh(host, "tailscale ip -4").strip() for host in hosts}


def test_no_tcp_port_answers_from_outside(lab: RunningLab, listening: dict[str, set[int]]) -> None:
    def answering(host: str, address: str) -> set[int]:
        assert {22} <= listening[host], f"{host} does not even listen for SSH: the scan would prove nothing"
        return open_ports(lab, "visitor", address, set(range(1, 1025)) | listening[host])

    ways = [(host.name, address) for host in list_hosts(lab.lab) for address in outside_addresses(host)]
    assert {name for name, _ in ways} == listening.keys()
    with ThreadPoolExecutor(4) as pool:  # a scan is nothing but waiting
        found = list(pool.map(answering, *zip(*ways, strict=True)))
    assert dict(zip(ways, found, strict=True)) == {way: set() for way in ways}


def test_the_operator_reaches_ssh_and_the_api_only(
    lab: RunningLab, hosts: dict[str, list[str]], listening: dict[str, set[int]], addresses: dict[str, str]
) -> None:
    for host, roles in hosts.items():
        expected = OPERATOR_PORTS if "server" in roles else {22}
        ports = (listening[host] | OPERATOR_PORTS) - tailscale_s_own(lab, host)
        assert open_ports(lab, "operator", addresses[host], ports) == expected, host


def test_hosts_reach_each_other_over_the_tailnet(
    lab: RunningLab, members: list[str], addresses: dict[str, str]
) -> None:
    first, second, *_ = members
    assert {3306, 4567} <= open_ports(lab, first, addresses[second], {3306, 4567})


def test_databases_listen_on_the_tailnet_only(lab: RunningLab, members: list[str], addresses: dict[str, str]) -> None:
    for member in members:
        show = "ss -Hltn | awk '{print $4}' | grep -E ':(3306|4444|4567|4568|9200)$'"
        allowed = {addresses[member], "127.0.0.1"}
        for listener in lab.ssh(member, show).split():
            assert listener.rsplit(":", 1)[0] in allowed, f"{member} listens on {listener}"


def tailscale_s_own(lab: RunningLab, host: str) -> set[int]:
    """Ports on which tailscaled itself speaks with devices that see this one; no policy is about them."""
    show = "ss -Hltnp | grep tailscaled | awk '{print $4}' | sed 's/.*://' | sort -un"
    return {int(port) for port in lab.ssh(host, show).split()}


def outside_addresses(host: HostState) -> list[str]:
    """Whatever somebody on the internet may try: its own addresses, and at home the router's."""
    public = [address for address in (host.public_address, host.public_ipv6) if address]
    return [host.private_address, *(public or [HOME_ROUTER_ADDRESS])]
