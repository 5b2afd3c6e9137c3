"""How much of the plain network's throughput is left through the tailnet, and for pods through flannel on top of it.

Two hosts of one cloud's network, if possible without the writer, one connection at a time, in turns. For the plain
network a door is opened for a moment in the receiver's security list: the program lets nothing but WireGuard in there.
"""

import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import combinations
from statistics import median

from bench.chart import Bar, draw
from bench.running import NAMESPACE, Running, namespace, object_of, parser, running
from lab.hosts import Rule, run_in_host, set_firewall
from lab.hosts.store import required_record

PORT, SECONDS, ROUNDS = 5201, 4.0, 3
PODS_SECONDS = 90


@contextmanager
def door(lab: Running, host: str, network: str) -> Iterator[None]:
    """Let one TCP port in to a host for the block, from the others of its network."""
    before = required_record(lab.lab, host).spec.firewall
    set_firewall(lab.lab, host, (*before, Rule("ingress", "tcp", network, ports=(PORT, PORT))))
    try:
        yield
    finally:
        set_firewall(lab.lab, host, before)


def pod(lab: Running, host: str) -> tuple[str, list[str]]:
    """The address of a new pod on a host, and what runs a command in its network: its containers are not needed."""
    container = {"name": "nothing", "image": "bench.invalid/nothing", "imagePullPolicy": "Never"}
    spec = {"nodeName": host, "containers": [container], "terminationGracePeriodSeconds": 0}
    lab.kubectl("-n", NAMESPACE, "apply", "-f", "-", stdin=json.dumps(object_of("Pod", host, spec=spec)))
    deadline = time.monotonic() + PODS_SECONDS
    while time.monotonic() < deadline:
        address = lab.kubectl("-n", NAMESPACE, "get", "pod", host, "-o", "jsonpath={.status.podIP}").strip()
        for line in run_in_host(lab.lab, host, ["ip", "netns", "list"]).splitlines() if address else ():
            within = ["ip", "netns", "exec", line.split()[0]]
            if f" {address}/" in run_in_host(lab.lab, host, [*within, "ip", "-4", "address"], check=False):
                return address, within
        time.sleep(1)
    raise SystemExit(f"{host}: no pod's network within {PODS_SECONDS} s")


def transfer(lab: Running, hosts: tuple[str, str], address: str, within: Sequence[Sequence[str]] = ((), ())) -> float:
    """Bytes a second from the first host to the second, which has that address."""
    with ThreadPoolExecutor() as threads:
        taking = threads.submit(lab.run, hosts[1], "transfer.py", "take", str(PORT), str(SECONDS), within=within[1])
        lab.run(hosts[0], "transfer.py", "send", address, str(PORT), str(SECONDS), within=within[0])
        return float(taking.result())


def neighbours(lab: Running) -> tuple[str, str]:
    """Two nodes that reach each other by their private addresses. The writer, which has other work, comes last."""
    nodes = sorted((name for name in lab.hosts if lab.hosts[name].node), key=lambda name: lab.hosts[name].writer)
    specs = {name: required_record(lab.lab, name).spec for name in nodes}
    for one, other in combinations(nodes, 2):
        if (specs[one].cloud, specs[one].network) == (specs[other].cloud, specs[other].network):
            return one, other
    raise SystemExit("no two nodes of this lab are in the same network: it takes a stack with two hosts of one cloud")


def main() -> None:
    """Measure, print, draw."""
    options = parser(__doc__ or "").parse_args()
    lab = running(options.name, options.stack)
    sender, receiver = hosts = neighbours(lab)
    spec = required_record(lab.lab, receiver).spec
    tailnet = lab.hosts[receiver].tailnet_address or ""
    rates: dict[str, list[float]] = {"eth0": [], "tailscale0": [], "pods": []}
    with namespace(lab), door(lab, receiver, spec.network):
        (_, from_pod), (address, to_pod) = pod(lab, sender), pod(lab, receiver)
        for _ in range(ROUNDS):
            rates["eth0"].append(transfer(lab, hosts, spec.private_address))
            rates["tailscale0"].append(transfer(lab, hosts, tailnet))
            rates["pods"].append(transfer(lab, hosts, address, (from_pod, to_pod)))
    names = {"eth0": "eth0, directly", "tailscale0": "tailscale0", "pods": "pods: flannel on tailscale0"}
    bars = []
    for name, each in rates.items():
        ratio = median(each) / median(rates["eth0"])
        bars.append(Bar(names[name], ratio, f"{ratio:.1%}  ({median(each) * 8 / 1e6:.0f} Mbit/s)"))
        print(f"{bars[-1].name}: {bars[-1].said}")
    note = f"one TCP connection for {SECONDS:.0f} s, median of {ROUNDS} in turns; hosts of one computer"
    print(draw("throughput", "Throughput between two hosts, against the plain network", bars, note))


if __name__ == "__main__":
    main()
