"""Names of resources for users, who know the system but not the program: `oracle-1 · galera member`."""

import re
from collections.abc import Collection
from dataclasses import dataclass

# Created at once, and interesting only if they fail.
QUIET = ("random:", "tls:", "pulumi:providers:")
STEP = "command:remote:Command"
# Run on the operator's computer. The name of their component tells what they do.
ERRAND = "command:local:Command"
STACK = "pulumi:pulumi:Stack"
LEAVE = "-leave"
"""End of the names of cleanup steps."""
# Components that a stack may have several of, with names from the settings.
GIVEN_NAMES = ("tailnet-k3s:apps:App", "tailnet-k3s:ingress:Route")


@dataclass(frozen=True)
class Urn:
    """The parts of a Pulumi URN that describe a resource."""

    types: tuple[str, ...]
    """Type tokens, the outermost component first."""
    name: str

    @classmethod
    def parse(cls, text: str) -> "Urn":
        """Reads `urn:pulumi:STACK::PROJECT::TYPE$TYPE::NAME`. The name may contain `::`."""
        _, _, types, name = text.split("::", 3)
        return cls(tuple(types.split("$")), name)

    @property
    def type(self) -> str:
        """The resource's own type token."""
        return self.types[-1]


@dataclass(frozen=True)
class Label:
    """Subject (a host or a part of the system) and kind of a resource."""

    subject: str
    what: str
    minor: bool


def label(urn: Urn, hosts: Collection[str], parent: Urn | None = None) -> Label:
    """The label of a resource. `hosts`: names of all hosts. `parent`: its component."""
    if urn.type == STEP and urn.name.endswith(LEAVE):
        undone = label(Urn(urn.types, urn.name.removesuffix(LEAVE)), hosts, parent)
        return Label(undone.subject, f"{undone.what} cleanup", undone.minor)
    quiet = urn.type.startswith(QUIET)
    if parent and parent.type in GIVEN_NAMES:
        return Label(parent.name, f"{words(kind(urn.type))} {_which(urn.name, hosts)}".strip(), minor=True)
    host = owner(urn.name, hosts)
    name = urn.name if host is None else re.sub(rf"^{re.escape(host)}-?|-?{re.escape(host)}$", "", urn.name)
    if parent and parent.name != host and re.match(rf"{re.escape(parent.name)}(-|$)", name):
        name = kind(parent.type).lower() + name.removeprefix(parent.name)
    if host is None:
        part = words(kind(parent.type)) if parent and parent.type != STACK else words(name)
        what = words(name) if urn.type == STEP else words(kind(urn.type))
        return Label(part, what if what != part else "settings", minor=True)
    token = parent.type if parent and urn.type == ERRAND else urn.type
    what = words(name) if urn.type == STEP and name else f"{words(kind(token))} {words(name)}".strip()
    return Label(host, what, minor=quiet)


def _which(name: str, hosts: Collection[str]) -> str:
    """`oracle-1 aaaa` of `www.example.org-oracle-1-aaaa`: the part that differs between resources of one kind."""
    found = [rest for host in hosts if (rest := re.search(rf"-({re.escape(host)})-(\w+)$", name))]
    return " ".join(max(found, key=lambda rest: len(rest[1])).groups()) if found else ""


def owner(name: str, hosts: Collection[str]) -> str | None:
    """The host whose name the resource's name begins or ends with; the longest one of several."""
    matching = [host for host in hosts if re.search(rf"^{re.escape(host)}(-|$)|-{re.escape(host)}$", name)]
    return max(matching, key=len, default=None)


def kind(token: str) -> str:
    """`Instance` of `oci:Core/instance:Instance`."""
    return token.rsplit(":", 1)[-1]


def words(name: str) -> str:
    """`private key` of `PrivateKey`, `first boot` of `first-boot`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.replace("-", " ").replace("_", " "))
    return spaced.lower()
