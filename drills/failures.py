"""The failures. Each one is a function that brings it about and gives the function that ends it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.running import Running
from components.overlay.registry import OVERLAY
from drills.writer import NAMESPACE
from lab.hosts import cut_power, run_in_host, start_host

DATASTORE_PORTS = {"mariadb": (3306, 9200), "etcd": (2379,)}
TABLE = "inet drill"

End = Callable[[], None]


class DrillError(Exception):
    """A drill could not be carried out, or the cluster needs a hand. The message names both."""


@dataclass(frozen=True)
class Failure:
    """One kind of failure."""

    name: str
    cause: Callable[[Running], End]
    seconds: float
    """How long it lasts."""
    rounds: int = 1
    """How many times it comes, each time after everything is well again."""


def unit(lab: Running, host: str) -> str:
    """The systemd unit of a member."""
    found = run_in_host(lab.lab, host, ["sh", "-c", "test -e /etc/etcd/member.env && echo etcd || echo mariadb"])
    return found.strip()


def _signal(lab: Running, host: str, name: str) -> None:
    run_in_host(lab.lab, host, ["systemctl", "kill", "--signal", name, "--kill-who", "main", unit(lab, host)])


def _nothing() -> None:
    """What ends by itself."""


def kill_writer(lab: Running) -> End:
    """SIGKILL for the writer, or for etcd's leader."""
    _signal(lab, lab.writer(), "KILL")
    return _nothing


def freeze_writer(lab: Running) -> End:
    """The writer's program stands still, as on a disk that does not answer. Its connections stay open."""
    host = lab.writer()
    _signal(lab, host, "STOP")

    def resume() -> None:
        run_in_host(lab.lab, host, ["sh", "-c", f"systemctl kill --signal CONT {unit(lab, host)} || true"])

    return resume


def _power(lab: Running, *hosts: str) -> End:
    for host in hosts:
        cut_power(lab.lab, host)

    def restore() -> None:
        for host in hosts:
            start_host(lab.lab, host)

    return restore


def cut_power_of_writer(lab: Running) -> End:
    """Power cut of the host with the writer."""
    return _power(lab, lab.writer())


def cut_power_of_server(lab: Running) -> End:
    """Power cut of a server that has not the writer."""
    return _power(lab, next(name for name in reversed(lab.with_role("server")) if name != lab.writer()))


def cut_power_of_all(lab: Running) -> End:
    """Power cut of all hosts."""
    return _power(lab, *lab.hosts)


def _drop(lab: Running, host: str, rules: str) -> End:
    lines = f"add table {TABLE}\n" + "".join(
        f"add chain {TABLE} {hook} {{ type filter hook {hook} priority -310; }}\n" for hook in ("input", "output")
    )
    run_in_host(lab.lab, host, ["nft", "-f", "-"], stdin=lines + rules)

    def lift() -> None:
        run_in_host(lab.lab, host, ["nft", "delete", "table", *TABLE.split()])

    return lift


def cut_overlay_of_writer(lab: Running) -> End:
    """The writer's host has no tailnet, and runs on. It must refuse writes: the others have a new writer."""
    host = lab.writer()
    other = next((one for one in lab.with_role("server") if one != host), "")
    if not other or host not in lab.with_role("server"):
        raise DrillError(f"{host} and another host must be servers, so that both sides can be asked to write")
    rules = f'add rule {TABLE} input iifname "{OVERLAY.interface}" drop\n'
    rules += f'add rule {TABLE} output oifname "{OVERLAY.interface}" drop\n'
    lift = _drop(lab, host, rules)

    def end() -> None:
        name = f"written-alone-{time.time_ns()}"
        words = ["create", "configmap", name, "--namespace", NAMESPACE, "--request-timeout=8s"]
        try:
            took = run_in_host(lab.lab, host, ["sh", "-c", f"k3s kubectl {' '.join(words)} || echo refused"])
        finally:
            lift()
        get = ["k3s", "kubectl", "get", "configmap", name, "--namespace", NAMESPACE, "--ignore-not-found"]
        if "refused" not in took or run_in_host(lab.lab, other, get).strip():
            raise DrillError(f"{host} took a write while it had no tailnet")

    return end


def cut_one_way(lab: Running) -> End:
    """One server does not reach the writer, or etcd's leader. The members reach each other."""
    writer = lab.writer()
    host = next(name for name in lab.with_role("server") if name != writer)
    ports = ", ".join(map(str, DATASTORE_PORTS[unit(lab, writer)]))
    address = lab.hosts[writer].tailnet_address
    return _drop(lab, host, f"add rule {TABLE} output ip daddr {address} tcp dport {{ {ports} }} drop\n")


FAILURES = (
    Failure("writer killed", kill_writer, 5, rounds=20),
    Failure("writer frozen", freeze_writer, 60),
    Failure("power of the writer's host cut", cut_power_of_writer, 60),
    Failure("power of a server cut", cut_power_of_server, 60),
    Failure("no tailnet on the writer's host", cut_overlay_of_writer, 60),
    Failure("a server does not reach the writer", cut_one_way, 60),
    Failure("power of all hosts cut", cut_power_of_all, 5),
)
