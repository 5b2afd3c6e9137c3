"""Part of the look's script: addresses, routes and listening sockets."""

from __future__ import annotations

import json
import re
from typing import Any

from components.look.gather.reading import run, text


def addresses() -> list[dict[str, Any]] | None:
    """IPv4 addresses only: the ranges of pods, services and the tailnet that rules compare are IPv4."""
    answer = run("ip", "-json", "-4", "address", "show")
    return None if answer is None else parse_addresses(answer)


def parse_addresses(answer: str) -> list[dict[str, Any]]:
    """Parses the output of `ip`. It leaves out interfaces without an address, or prints an empty object for them."""
    return [
        {"interface": interface["ifname"], "address": one["local"], "prefix": one["prefixlen"]}
        for interface in json.loads(answer or "[]")
        if interface
        for one in interface["addr_info"]
        if one.get("family") == "inet"
    ]


def routes() -> list[dict[str, Any]] | None:
    """Routes of the main table. Other tables belong to the overlay, or apply to selected packets only."""
    answer = run("ip", "-json", "-4", "route", "show", "table", "main")
    return None if answer is None else parse_routes(answer)


def parse_routes(answer: str) -> list[dict[str, Any]]:
    """Parses the output of `ip`. Leaves out routes without an interface."""
    found = []
    for route in json.loads(answer or "[]"):
        target = "0.0.0.0/0" if route["dst"] == "default" else route["dst"]
        hops = [route, *route.get("nexthops", [])]
        interface = next((hop["dev"] for hop in hops if "dev" in hop), None)
        if interface:
            found.append({"interface": interface, "range": target if "/" in target else f"{target}/32"})
    return found


def sockets() -> list[dict[str, Any]] | None:
    """Listening TCP sockets, and UDP sockets that accept packets from anyone."""
    answer = run("ss", "-Hlntup")
    return None if answer is None else parse_sockets(answer)


def parse_sockets(answer: str) -> list[dict[str, Any]]:
    """Parses the output of `ss`, without duplicates. `*` and `[::]` both become `::`."""
    found = []
    for line in answer.splitlines():
        fields = line.split(None, 6)
        address, _, port = fields[4].rpartition(":")
        address = re.sub(r"%.*", "", address.strip("[]")).strip("[]")
        process = re.search(r'users:\(\("([^"]*)",pid=(\d+)', line)
        one = {
            "protocol": fields[0],
            "address": "::" if address == "*" else address,
            "port": int(port),
            "process": process.group(1) if process else None,
            "unit": unit_of(text(f"/proc/{process.group(2)}/cgroup") or "") if process else None,
        }
        if one not in found:
            found.append(one)
    return found


def unit_of(groups: str) -> str | None:
    """The systemd unit in the text of /proc/PID/cgroup. With cgroup v1, only systemd's own hierarchy counts."""
    found = re.search(r"^\d+:(?:name=systemd)?:/(?:.*?/)??([^/\n]+\.(?:service|scope))(?:/|$)", groups, re.MULTILINE)
    return found.group(1) if found else None
