"""Pods' packets go through the overlay, and no range of the cluster is one of the overlay's or of a cloud's network.

It reads the steps that run k3s, and the networks of clouds. The settings have the same rules.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from components.overlay.registry import OVERLAY
from policies.known import as_list, as_map, known
from policies.rule import mandatory
from policies.steps import values_of

STEP = "command:remote:Command"
INTERFACE = re.compile(r"^flannel-iface:\s*[\"']?(?P<name>[\w.-]+)", re.MULTILINE)
CIDR = re.compile(r"^(?P<name>cluster-cidr|service-cidr):\s*[\"']?(?P<ranges>[0-9a-fA-F:./,]+)", re.MULTILINE)
DEFAULTS = {"cluster-cidr": "10.42.0.0/16", "service-cidr": "10.43.0.0/16"}
"""Ranges of k3s itself, from its documentation (`k3s server --help`)."""


def wrong_interface(kind: str, props: Mapping[str, Any]) -> Iterator[str]:
    """The interface of a k3s step, if it is not the overlay's. `kind` is the type token."""
    values = _node(kind, props)
    names = [values["INTERFACE"]] if values.get("INTERFACE") else []
    names += [found["name"] for found in INTERFACE.finditer(values.get("CONFIG", ""))]
    for name in dict.fromkeys(names):
        if name != OVERLAY.interface:
            yield (
                f"flannel would use {name}, so pods' packets would cross the internet in plain text, or get lost. Use"
                f" {OVERLAY.interface}."
            )


def overlaps(kind: str, props: Mapping[str, Any]) -> Iterator[str]:
    """Ranges that overlap: of pods and services in a k3s step, or of a cloud's network, each with the overlay's."""
    named = [(f"{OVERLAY.name}'s range {network}", network) for network in OVERLAY.networks]
    for name, text in (*_of_network(kind, props), *_of_server(kind, props)):
        try:
            named.append((f"{name} {text}", ipaddress.ip_network(text, strict=False)))
        except ValueError:
            continue  # the provider or k3s refuses it
    for (first, one), (second, other) in combinations(named, 2):
        if one.version == other.version and one.overlaps(other):
            yield f"{second} overlaps {first}, so packets would go the wrong way. Choose another range."


def _of_network(kind: str, props: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The ranges of a cloud's network, each with what it is."""
    inputs, name = known(props), kind.rpartition(":")[2]
    ranges: list[Any] = []
    if name == "Vcn":
        ranges = [inputs.get("cidrBlock"), *as_list(inputs.get("cidrBlocks"))]
    elif name == "VirtualNetwork":
        ranges = as_list(as_map(inputs.get("addressSpace")).get("addressPrefixes"))
    yield from (("the network", text) for text in ranges if isinstance(text, str))


def _of_server(kind: str, props: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The ranges of pods and services that a server's step sets, each with the name of its option."""
    values = _node(kind, props)
    if values.get("ROLE") == "server":
        found = {one["name"]: one["ranges"] for one in CIDR.finditer(values["CONFIG"])}
        for name, ranges in {**DEFAULTS, **found}.items():
            yield from ((name, text) for text in ranges.split(","))


def _node(kind: str, props: Mapping[str, Any]) -> dict[str, str]:
    """The values of a step that runs k3s. Of anything else: none."""
    command = known(props).get("create") if kind == STEP else None
    values = values_of(command)[0] if isinstance(command, str) else {}
    return values if {"ROLE", "CONFIG"} <= values.keys() else {}


flannel_uses_the_overlay = mandatory(
    "flannel-uses-the-overlay", "Pods' packets go through the overlay's interface.", wrong_interface
)
no_ranges_overlap = mandatory("no-ranges-overlap", "Ranges of pods, services, clouds and overlay are apart.", overlaps)
