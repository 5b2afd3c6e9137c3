"""The files of this folder as what is wanted of hosts and what was seen of them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from components.look.args import LookArgs
from components.look.facts import Facts
from components.look.gather.firewall import parse_iptables, parse_nftables
from components.look.wanted import WantedHost, wanted_hosts
from components.settings.load import Settings
from tests.stack import settings

HERE = Path(__file__).parent
BASE = yaml.safe_load((HERE / "facts.yaml").read_text())


def read(file: Path) -> tuple[dict[str, WantedHost], dict[str, Facts]]:
    """A file has hosts by name: `roles`, `cloud`, `done`, the stack's `settings`, and `facts`: those that are not as in
    facts.yaml. `silent`: nobody has seen it. `captured` names a text of this folder, as the host's firewall printed it.
    """
    document: dict[str, dict[str, Any]] = yaml.safe_load(file.read_text())
    wanted, facts = {}, {}
    for name, entry in document.items():
        wanted[name] = wanted_of(name, entry)
        if entry.get("silent"):
            continue
        seen = _over(BASE, entry.get("facts", {}))
        if "captured" in entry:
            seen["firewall"] = _over(seen["firewall"], _captured(entry["captured"]))
        facts[name] = Facts.model_validate_json(json.dumps(seen))
    return wanted, facts


def look_args(known: Settings) -> LookArgs:
    """What the program gives the look."""
    restores = known.restore is not None
    return LookArgs(known.hosts, known.clouds, known.k3s, known.overlay, known.datastore, known.backup, restores)


def _over(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Maps merged at every depth."""
    both = {name: _over(base[name], value) for name, value in changes.items() if _are_maps(base.get(name), value)}
    return {**base, **changes, **both}


def _are_maps(*values: Any) -> bool:
    return all(isinstance(value, dict) for value in values)


def wanted_of(name: str, entry: dict[str, Any]) -> WantedHost:
    """One host as a file has it, without its facts."""
    known = settings(**entry.get("settings", {}))
    first = next(iter(wanted_hosts(look_args(known), {}).values()))
    cloud = entry.get("cloud", "existing")
    return replace(
        first,
        name=name,
        stack="tailnet-k3s/lab",
        roles=frozenset(entry.get("roles", ["agent"])),
        cloud=cloud,
        is_made=cloud != "existing",
        taints=tuple(entry.get("taints", ())),
        done=frozenset(entry.get("done", ())),
    )


def _captured(name: str) -> dict[str, Any]:
    text = (HERE / "captured" / name).read_text()
    return {"nftables": parse_nftables(text)} if name.endswith(".json") else {"iptables": parse_iptables(text)}
