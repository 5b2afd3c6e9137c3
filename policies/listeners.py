"""What serves the cluster itself listens on loopback or in the overlay: datastores, HAProxy, and parts of Kubernetes.

It reads what a step really writes to its host. Each datastore's folder reads its own files.
"""

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from components.datastore import registry
from components.overlay.registry import OVERLAY
from policies.exit_node.variables import expanded
from policies.known import known
from policies.rule import mandatory
from policies.steps import values_of

STEP = "command:remote:Command"
VISITORS = ("80", "443")
"""Ports of HAProxy that are for everyone."""
BIND = re.compile(r"^\s*bind\s+(?P<ends>\S+)", re.MULTILINE)
SOCKET = re.compile(r"^Listen(?:Stream|Datagram)=(?P<end>[^/@\s]\S*)", re.MULTILINE)
KUBERNETES = re.compile(
    r"(?<![\w-])(?:--)?(?P<name>(?:metrics-|healthz-)?bind-address|address|healthz-bind-address|listen-metrics-urls)"
    r"[\"']?\s*[=:]\s*[\"']?(?P<end>[^\"'\s,\]]+)"
)
"""Options of k3s and of the parts of Kubernetes in it, from `k3s server --help` and their own documentation."""
READ_ONLY = re.compile(r"(?<![\w-])(?:--)?read-only-port[\"']?\s*[=:]\s*[\"']?(?P<port>\d+)")
"""kubelet's port without a login: https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/"""
Listener = tuple[str, str]
"""What listens, for messages; and where: an address, a URL, or either with a port."""


def open_listeners(kind: str, props: Mapping[str, Any]) -> Iterator[str]:
    """Listeners of a step that others than the cluster's hosts can reach. `kind` is the type token."""
    command = known(props).get("create") if kind == STEP else None
    values, script = values_of(command) if isinstance(command, str) else ({}, "")
    for what, end in _listeners(values, script) if values else ():
        host, port = _split(end)
        if not _is_inside(host) and not (what == "HAProxy" and port in VISITORS):
            yield (
                f"{what} would listen at {end}, outside of the overlay. Use the host's address in"
                f" {OVERLAY.name}'s network, or 127.0.0.1."
            )
    if "CONFIG" in values and any(int(found["port"]) for found in READ_ONLY.finditer(values["CONFIG"])):
        yield "kubelet would answer everyone at its read-only port. Remove read-only-port."


def _listeners(values: Mapping[str, str], script: str) -> Iterator[Listener]:
    for datastore in registry.DATASTORES.values():
        yield from datastore.listeners(values)
    for text in values.values():
        if text.startswith(("listen ", "frontend ")):
            yield from (("HAProxy", end) for found in BIND.finditer(text) for end in found["ends"].split(","))
    if "CONFIG" in values:
        ends = ((found["name"], found["end"]) for found in KUBERNETES.finditer(values["CONFIG"]))
        yield from ((f"k3s ({name})", end) for name, end in ends if end != "0")  # which switches a listener off
    if "Listen" in script:
        yield from (("a systemd socket", found["end"]) for found in SOCKET.finditer(expanded(script, values)))


def _split(end: str) -> tuple[str, str]:
    """Host and port of an address, of a URL, or of either with a port. A port alone has an empty host."""
    place = re.sub(r"^\w+://", "", end).rstrip("/")
    if place.isdigit():
        return "", place
    host, _, port = place.rpartition(":")
    if not port.isdigit() or _address(place):
        host, port = place, ""
    return host.strip("[]"), port


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _is_inside(host: str) -> bool:
    """Whether only the cluster's hosts reach it. A variable that nobody knows counts as such."""
    address = _address(host)
    if address is None:
        return host == "localhost" or "$" in host
    return address.is_loopback or any(address in network for network in OVERLAY.networks)


services_listen_in_the_overlay_only = mandatory(
    "services-listen-in-the-overlay-only",
    "Only hosts of the cluster reach its datastore, and what else serves the cluster itself.",
    open_listeners,
)
