"""The rule for facts that could not be read: what nobody knows must not count as fine."""

from collections import defaultdict
from collections.abc import Iterator

from components.look.facts import Facts
from components.look.findings.systems import system_is_supported
from components.look.services import service_steps
from components.look.wanted import WantedHost
from components.overlay.registry import OVERLAY
from components.settings.errors import Finding

ALL = {
    "system": "operating system",
    "architecture": "architecture",
    "disks": "disks",
    "clock": "clock",
    "addresses": "addresses",
    "routes": "routes",
    "sockets": "listening ports",
    "firewall": "firewall",
    "held": "packages on hold",
    "overlay": OVERLAY.name,
    "marks": "records of steps",
}
OF_NODES = {"memory_mb": "memory", "cgroup": "cgroup", "clusters": "other clusters", "haproxy": "HAProxy"}
OF_MEMBERS = {"datastores": "databases"}
"""Facts on which a refusal depends, in words for the user."""
MAY_BE_NONE = {"haproxy"}
"""Facts that are None when there is nothing to read."""
PACKAGES = {"ip": "iproute2", "ss": "iproute2", "nft": "nftables", "iptables-save": "iptables"}
"""By program: its package."""


def facts_are_known(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """One finding for each reason. Only a warning after the program has begun to set its services up.

    An unsupported system has other programs. It is refused anyway.
    """
    if any(system_is_supported(wanted, facts)):
        return
    is_new = not wanted.did(facts, *service_steps(wanted))
    of_reasons: dict[str, list[str]] = defaultdict(list)
    for name, words in _needed(wanted).items():
        is_missing = getattr(facts, name) is None and name not in MAY_BE_NONE
        if name in facts.unread or (is_new and is_missing):
            of_reasons[facts.unread.get(name, "the host did not tell it")].append(words)
    for reason, what in of_reasons.items():
        yield Finding(
            wanted.key,
            f"could not be checked: {', '.join(what)} could not be read, because {reason}. {_fix(reason)}",
            "error" if is_new else "warning",
        )


def _needed(wanted: WantedHost) -> dict[str, str]:
    members = OF_MEMBERS if "database" in wanted.roles else {}
    return {**ALL, **(OF_NODES if wanted.is_node else {}), **members}


def _fix(reason: str) -> str:
    missing = [one.split()[0] for one in reason.split("; ") if one.endswith(" is not installed")]
    packages = " ".join(dict.fromkeys(PACKAGES.get(program, program) for program in missing))
    return f"Run there: sudo apt-get install {packages}" if packages else "Find out why on the host, and mend it."
