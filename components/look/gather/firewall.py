"""Part of the look's script: reads the firewall's rules. findings/firewall.py judges them."""

from __future__ import annotations

import json
import os
import re
from typing import Any

from components.look.gather.reading import run, text

HOOKS = ("input", "forward", "output")
KUBERNETES = re.compile(r"-A (KUBE|CNI|FLANNEL)-")
IPTABLES = {"INPUT", "FORWARD", "OUTPUT", "PREROUTING", "POSTROUTING"}
"""A table with a chain of such a name belongs to iptables, even when nft lists it."""


def firewall() -> dict[str, Any]:
    """The state of all firewall tools that a host may have."""
    # A host without the tools has no rules, unless another program has told the kernel some.
    legacy = bool((text("/proc/net/ip_tables_names") or "").strip())
    saved = run("iptables-save", may_be_missing=not legacy)
    ruleset = run("nft", "--json", "list", "ruleset", may_be_missing=not _kernel_has_nftables())
    return {
        "ufw": bool(re.search(r"^ENABLED=yes", text("/etc/ufw/ufw.conf") or "", re.MULTILINE | re.IGNORECASE)),
        "firewalld": (run("systemctl", "is-active", "firewalld.service", may_fail=True) or "").strip() == "active",
        "trusted": parse_zone(text("/etc/firewalld/zones/trusted.xml") or ""),
        "iptables": _saved(saved),
        "nftables": parse_nftables(ruleset, with_iptables=saved is None),
    }


def _kernel_has_nftables() -> bool:
    loaded = text("/proc/modules") or ""
    built_in = text(f"/lib/modules/{os.uname().release}/modules.builtin") or ""
    return loaded.startswith("nf_tables ") or "\nnf_tables " in loaded or "/nf_tables.ko" in built_in


def parse_zone(zone: str) -> list[str]:
    """Interfaces and ranges of a firewalld zone."""
    return sorted(re.findall(r"<(?:interface name|source address)=[\"']([^\"']+)", zone))


def _saved(answer: str | None) -> list[str] | None:
    return None if answer is None else parse_iptables(answer)


def parse_iptables(answer: str) -> list[str]:
    """Chains and rules of the table `filter`, without the many rules in Kubernetes' own chains."""
    table = re.search(r"^\*filter\n(.*?)^COMMIT$", answer, re.MULTILINE | re.DOTALL)
    lines = table.group(1).splitlines() if table else []
    return [line for line in lines if line.startswith((":", "-A ")) and not KUBERNETES.match(line)]


def parse_nftables(answer: str | None, *, with_iptables: bool = False) -> list[dict[str, Any]] | None:
    """Chains and rules of tables that filter packets: incoming, forwarded or outgoing ones.

    Leaves the tables of iptables out, unless iptables itself can't tell them.
    """
    if answer is None:
        return None
    entries = [
        {kind: entry[kind]} for entry in json.loads(answer)["nftables"] for kind in ("chain", "rule") if kind in entry
    ]
    chains = [entry["chain"] for entry in entries if "chain" in entry]
    judged = {_table(one) for one in chains if one.get("hook") in HOOKS and one["family"] in ("ip", "inet")}
    if not with_iptables:
        judged -= {_table(one) for one in chains if one["name"] in IPTABLES}
    return [entry for entry in entries for one in entry.values() if _table(one) in judged]


def _table(entry: dict[str, Any]) -> tuple[str, str]:
    return entry["family"], entry["table"]
