"""Creates and removes a lab's namespaces: the router and those connected to it. Changes nothing outside them."""

import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lab.lab import (
    CACHE,
    EDGE,
    EDGE_ADDRESS,
    EDGE_ADDRESS_6,
    OPERATOR,
    OPERATOR_ADDRESS,
    OPERATOR_ADDRESS_6,
    OUTSIDE_NETWORK,
    OUTSIDE_NETWORK_6,
    ROUTER,
    SERVICE_ADDRESSES,
    SERVICES,
    SERVICES_NETWORK,
    VISITOR,
    VISITOR_ADDRESS,
    VISITOR_ADDRESS_6,
    Lab,
)
from lab.lock import locked
from lab.network.links import Link, interface_name, render_far_end, render_router_end
from lab.network.router import Attachment, render_filters

NETNS = Path("/run/netns")
"""The folder where `ip netns` keeps one file for each namespace."""


def _outside(name: str, address: str, address_6: str) -> Link:
    return Link(name, (address,), OUTSIDE_NETWORK, "192.0.2.1", (address_6,), OUTSIDE_NETWORK_6)


LINKS = (
    Link(SERVICES, SERVICE_ADDRESSES, SERVICES_NETWORK, "203.0.113.1"),
    _outside(OPERATOR, OPERATOR_ADDRESS, OPERATOR_ADDRESS_6),
    _outside(VISITOR, VISITOR_ADDRESS, VISITOR_ADDRESS_6),
    _outside(EDGE, EDGE_ADDRESS, EDGE_ADDRESS_6),
)
# In the router's namespace only. rp_filter is off: replies may arrive by another interface than the requests left.
ROUTER_SETTINGS = {
    "ipv4/ip_forward": 1,
    "ipv4/conf/all/rp_filter": 0,
    "ipv4/conf/default/rp_filter": 0,
    "ipv6/conf/all/forwarding": 1,
}


class NetworkError(Exception):
    """The lab's network could not be created, or does not exist. The message is one line with the cause."""


def namespace_command(lab: Lab, role: str, argv: Sequence[str]) -> list[str]:
    """A command that runs `argv` in the network namespace of a host or role. Other namespaces stay the machine's."""
    return ["nsenter", f"--net={NETNS / lab.namespace(role)}", "--", *argv]


def network_exists(lab: Lab) -> bool:
    """Whether the lab's router exists. It is gone after a reboot of the machine."""
    return (NETNS / lab.namespace(ROUTER)).exists()


def lab_namespaces(lab: Lab) -> list[Path]:
    """The files of all network namespaces of the lab."""
    return sorted(NETNS.glob(f"{lab.id}.*"))


@contextmanager
def network_lock(lab: Lab) -> Iterator[None]:
    """A lock to hold while the router's state is read and replaced: hosts start and stop in parallel."""
    with locked(lab.root / "network.lock"):
        yield


def create_network(lab: Lab) -> None:
    """Create the router and the namespaces of services, operator, visitor and edge. Keeps those that are complete.

    Raises NetworkError.
    """
    with network_lock(lab):
        if not network_exists(lab):
            add_namespace(lab, ROUTER)
        _ip(lab, ROUTER, "link set lo up\n")
        settings = "; ".join(f"echo {value} > /proc/sys/net/{key}" for key, value in ROUTER_SETTINGS.items())
        _run(namespace_command(lab, ROUTER, ["sh", "-ec", settings]))
        for link in LINKS:
            if not _connected(lab, link):
                _connect(lab, link)
        if not _has_filters(lab):
            apply_filters(lab, ())


def apply_filters(lab: Lab, attachments: Iterable[Attachment]) -> None:
    """Replace the router's filters with those of these hosts, in one transaction. Open connections stay open.

    The caller must hold the network's lock. Raises NetworkError.
    """
    _run(namespace_command(lab, ROUTER, ["nft", "-f", "-"]), render_filters(attachments))


def delete_network(lab: Lab) -> None:
    """Remove all namespaces of this lab, also those of hosts. Their processes must have ended before."""
    for namespace in lab_namespaces(lab):
        _run(["ip", "netns", "delete", namespace.name])
    _release_mount()


def connect_host(lab: Lab, link: Link, folder: Path) -> None:
    """Write the commands for the cable into the host's folder. Its supervisor runs them at each boot."""
    (folder / "router.batch").write_text(render_router_end(link, lab.namespace(link.name)))
    (folder / "host.batch").write_text(render_far_end(link))


def disconnect_host(lab: Lab, name: str) -> None:
    """Remove a host's cable and namespace if they exist."""
    subprocess.run(
        ["ip", "-n", lab.namespace(ROUTER), "link", "delete", interface_name(name)], check=False, capture_output=True
    )
    if (NETNS / lab.namespace(name)).exists():
        _run(["ip", "netns", "delete", lab.namespace(name)])


def add_namespace(lab: Lab, role: str) -> None:
    """Create one namespace of the lab. Takes a lock for the whole machine: see _release_mount."""
    with locked(CACHE / "netns.lock"):
        _run(["ip", "netns", "add", lab.namespace(role)])


def _release_mount() -> None:
    """Unmount the folder of `ip netns` when it is empty. `ip netns` makes it a mount point and never undoes that."""
    with locked(CACHE / "netns.lock"):
        if NETNS.is_dir() and not any(NETNS.iterdir()):
            subprocess.run(["umount", str(NETNS)], check=False, capture_output=True)
            NETNS.rmdir()


def _connected(lab: Lab, link: Link) -> bool:
    """Whether the cable is complete: the default route is added last."""
    if not (NETNS / lab.namespace(link.name)).exists():
        return False
    routes = subprocess.run(
        ["ip", "-n", lab.namespace(link.name), "route", "show", "default"], check=False, capture_output=True, text=True
    )
    return "default" in routes.stdout


def _connect(lab: Lab, link: Link) -> None:
    subprocess.run(
        ["ip", "-n", lab.namespace(ROUTER), "link", "delete", interface_name(link.name)],
        check=False,
        capture_output=True,
    )
    if not (NETNS / lab.namespace(link.name)).exists():
        add_namespace(lab, link.name)
    _ip(lab, ROUTER, render_router_end(link, lab.namespace(link.name)))
    _ip(lab, link.name, render_far_end(link))


def _has_filters(lab: Lab) -> bool:
    command = namespace_command(lab, ROUTER, ["nft", "list", "table", "inet", "lab"])
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _ip(lab: Lab, role: str, batch: str) -> None:
    _run(["ip", "-n", lab.namespace(role), "-batch", "-"], batch)


def _run(command: list[str], text: str | None = None) -> None:
    result = subprocess.run(command, input=text, check=False, capture_output=True, text=True)
    if result.returncode != 0:
        cause = " ".join(result.stderr.split()) or f"exit code {result.returncode}"
        raise NetworkError(f"network of the lab: `{' '.join(command)}` failed: {cause}")
