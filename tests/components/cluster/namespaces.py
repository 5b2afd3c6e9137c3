"""A host with a pod, and what the host reaches, as network namespaces of this computer that nobody else is in."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

HOST, HOST_INSIDE, POD, BRIDGE = "100.64.0.1", "10.42.0.1", "10.42.0.5", "cni0"
OTHER_HOST, OTHER_POD = "100.64.0.2", "10.42.1.5"
OUTSIDE = {OTHER_HOST: "tailscale0", OTHER_POD: "flannel.1"} | dict.fromkeys(
    ("169.254.169.254", "169.254.0.2", "168.63.129.16", "192.168.1.50", "203.0.113.5"), "eth0"
)
"""Addresses beyond the host, by the host's interface to them. One namespace has them all."""

LISTEN = """
import json, socket, sys, threading
def serve(family, address, port):
    listener = socket.create_server((address, port), family=family)
    return lambda: [listener.accept()[0].close() for _ in iter(int, 1)]
loops = [serve(socket.AF_INET6 if ":" in a else socket.AF_INET, a, p) for a, p in json.loads(sys.argv[1])]
for loop in loops: threading.Thread(target=loop).start()
print("listening", flush=True)
"""
CONNECT = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor
def answers(target):
    try:
        socket.create_connection(tuple(target), 2).close()
    except OSError as error:
        return "refused" if isinstance(error, ConnectionRefusedError) else "silent"
    return "answers"
with ThreadPoolExecutor(64) as pool:
    print(json.dumps(list(pool.map(answers, json.loads(sys.argv[1])))))
"""

Target = tuple[str, int]


@dataclass(frozen=True)
class Namespace:
    """One network, by a process that is in it."""

    process: subprocess.Popen[bytes]

    def command(self, *words: str) -> list[str]:
        """To run a program in it."""
        return ["nsenter", "--net", f"--target={self.process.pid}", *words]

    def run(self, script: str) -> str:
        """What a shell script prints that runs in it."""
        ran = subprocess.run(self.command("bash", "-euc", script), capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def seen_from(self, targets: Iterable[Target]) -> dict[Target, str]:
        """Which of these addresses and ports answer a connection from here, refuse it, or are silent."""
        wanted = list(targets)
        command = self.command(sys.executable, "-c", CONNECT, json.dumps(wanted))
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
        return dict(zip(wanted, json.loads(answer), strict=True))

    @contextmanager
    def listening(self, targets: Iterable[Target]) -> Iterator[None]:
        """Programs that answer there."""
        command = self.command(sys.executable, "-c", LISTEN, json.dumps(list(targets)))
        with subprocess.Popen(command, stdout=subprocess.PIPE) as listener:
            try:
                assert listener.stdout is not None
                assert listener.stdout.readline() == b"listening\n"
                yield
            finally:
                listener.kill()


@contextmanager
def namespace() -> Iterator[Namespace]:
    """A new one, with its loopback up."""
    holder = ["unshare", "--net", "sh", "-c", "ip link set lo up && echo ready && exec sleep infinity"]
    with subprocess.Popen(holder, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield Namespace(process)
        finally:
            process.kill()


@contextmanager
def host_and_pod() -> Iterator[tuple[Namespace, Namespace, Namespace]]:
    """A host that gives packets of its pod its own address, as flannel does; its pod; and the outside."""
    with namespace() as host, namespace() as pod, namespace() as outside:
        host.run(f"""
            ip link add {BRIDGE} type bridge && ip address add {HOST_INSIDE}/24 dev {BRIDGE} && ip link set {BRIDGE} up
            ip link add pod type veth peer name eth0 netns {pod.process.pid}
            ip link set pod master {BRIDGE} up
            sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.route_localnet=1
            nft add table ip nat
            nft add chain ip nat postrouting '{{ type nat hook postrouting priority 100; }}'
            nft add rule ip nat postrouting ip saddr 10.42.0.0/16 ip daddr != 10.42.0.0/16 masquerade
        """)
        for number, interface in enumerate(dict.fromkeys(OUTSIDE.values())):
            theirs = [address for address, way in OUTSIDE.items() if way == interface]
            host.run(f"""
                ip link add {interface} type veth peer name out{number} netns {outside.process.pid}
                ip link set {interface} up
                ip address add {HOST if interface == "tailscale0" else f"192.0.2.{number}"}/32 dev {interface}
            """)
            outside.run(f"ip link set out{number} up")
            outside.run("".join(f"ip address add {one}/32 dev out{number}\n" for one in theirs))
            host.run("".join(f"ip route add {one}/32 dev {interface}\n" for one in theirs))
            back = HOST if interface == "tailscale0" else f"192.0.2.{number}"
            outside.run(f"ip route add {back}/32 dev out{number}")
            if interface == "flannel.1":
                outside.run(f"ip route add 10.42.0.0/24 via {back} dev out{number} src {OTHER_POD}")
        pod.run(f"ip address add {POD}/24 dev eth0 && ip link set eth0 up && ip route add default via {HOST_INSIDE}")
        yield host, pod, outside
