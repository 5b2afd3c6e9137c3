"""Makes and removes a lab's namespaces: the router and what hangs on it. Nothing outside them changes."""

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
"""Where `ip netns` keeps the names of namespaces."""


def _outside(name: str, address: str, address_6: str) -> Link:
    return Link(name, (address,), OUTSIDE_NETWORK, "192.0.2.1", (address_6,), OUTSIDE_NETWORK_6)


LINKS = (
    Link(SERVICES, SERVICE_ADDRESSES, SERVICES_NETWORK, "203.0.113.1"),
    _outside(OPERATOR, OPERATOR_ADDRESS, OPERATOR_ADDRESS_6),
    _outside(VISITOR, VISITOR_ADDRESS, VISITOR_ADDRESS_6),
    _outside(EDGE, EDGE_ADDRESS, EDGE_ADDRESS_6),
)
# In the router's namespace only. Loose routes: answers may come in another way than questions leave.
ROUTER_SETTINGS = {
    "ipv4/ip_forward": 1,
    "ipv4/conf/all/rp_filter": 0,
    "ipv4/conf/default/rp_filter": 0,
    "ipv6/conf/all/forwarding": 1,
}


class NetworkError(Exception):
    """The lab's network could not be made or is not there: one line with the cause."""


def namespace_command(lab: Lab, role: str, argv: Sequence[str]) -> list[str]:
    """The command that runs `argv` in the network of a host or one of ROLES; files and processes stay the machine's."""
    return ["nsenter", f"--net={NETNS / lab.namespace(role)}", "--", *argv]


def network_exists(lab: Lab) -> bool:
    """Whether the lab's router is there; it is not after a restart of the machine."""
    return (NETNS / lab.namespace(ROUTER)).exists()


def lab_namespaces(lab: Lab) -> list[Path]:
    """Every network namespace of the lab, as files."""
    return sorted(NETNS.glob(f"{lab.id}.*"))


@contextmanager
def network_lock(lab: Lab) -> Iterator[None]:
    """Held while the router's state is read and replaced: hosts come and go in parallel."""
    with locked(lab.root / "network.lock"):
        yield


def create_network(lab: Lab) -> None:
    """Make the router and the namespaces of services, operator, visitor, edge; what is there and whole is left alone.

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
    """Make the router do for these hosts what render_filters says, in one step; open connections stay open.

    To be called with the network's lock held. Raises NetworkError.
    """
    _run(namespace_command(lab, ROUTER, ["nft", "-f", "-"]), render_filters(attachments))


def delete_network(lab: Lab) -> None:
    """Remove every namespace of this lab, of hosts too. Processes in them must have ended before."""
    for namespace in lab_namespaces(lab):
        _run(["ip", "netns", "delete", namespace.name])
    _release_mount()


def connect_host(lab: Lab, link: Link, folder: Path) -> None:
    """Leave in a host's folder what its supervisor lays the cable with: at each boot, as a power cut keeps nothing."""
    (folder / "router.batch").write_text(render_router_end(link, lab.namespace(link.name)))
    (folder / "host.batch").write_text(render_far_end(link))


def disconnect_host(lab: Lab, name: str) -> None:
    """Remove a host's cable and namespace, as far as they are there."""
    subprocess.run(
        ["ip", "-n", lab.namespace(ROUTER), "link", "delete", interface_name(name)], check=False, capture_output=True
    )
    if (NETNS / lab.namespace(name)).exists():
        _run(["ip", "netns", "delete", lab.namespace(name)])


def add_namespace(lab: Lab, role: str) -> None:
    """Make one namespace of the lab. Under a lock of the machine's: see _release_mount."""
    with locked(CACHE / "netns.lock"):
        _run(["ip", "netns", "add", lab.namespace(role)])


def _release_mount() -> None:
    """`ip netns` turns its folder into a mount and leaves it for ever: take it away when nobody's name is in it."""
    with locked(CACHE / "netns.lock"):
        if NETNS.is_dir() and not any(NETNS.iterdir()):
            subprocess.run(["umount", str(NETNS)], check=False, capture_output=True)
            NETNS.rmdir()


def _connected(lab: Lab, link: Link) -> bool:
    """Whether the cable is whole: its last route is set last."""
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
