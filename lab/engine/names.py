"""Resources in the words of somebody who knows the system, not the program: `oracle-1 · galera member`."""

import re
from collections.abc import Collection
from dataclasses import dataclass

# Made within a moment, and of no interest unless they fail.
QUIET = ("random:", "tls:", "pulumi:providers:")
STEP = "command:remote:Command"
# On the operator's computer: what for, the component says that it belongs to.
ERRAND = "command:local:Command"
STACK = "pulumi:pulumi:Stack"
# Components of which a stack has several, told apart by names that its owner gave.
GIVEN_NAMES = ("tailnet-k3s:apps:App", "tailnet-k3s:ingress:Route")


@dataclass(frozen=True)
class Urn:
    """The parts of a Pulumi URN that tell what a resource is."""

    types: tuple[str, ...]
    """Type tokens from the outermost component in."""
    name: str

    @classmethod
    def parse(cls, text: str) -> "Urn":
        """From `urn:pulumi:STACK::PROJECT::TYPE$TYPE::NAME`; a name may itself hold `::`."""
        _, _, types, name = text.split("::", 3)
        return cls(tuple(types.split("$")), name)

    @property
    def type(self) -> str:
        """The resource's own type token."""
        return self.types[-1]


@dataclass(frozen=True)
class Label:
    """Whose resource it is (a host, else the part of the system), and what it is."""

    subject: str
    what: str
    minor: bool


def label(urn: Urn, hosts: Collection[str], parent: Urn | None = None) -> Label:
    """The label of a resource, among the names of these hosts. `parent` is the component that it belongs to."""
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
    """`oracle-1 aaaa` of `www.example.org-oracle-1-aaaa`: what tells apart the resources of one kind, one a host."""
    found = [rest for host in hosts if (rest := re.search(rf"-({re.escape(host)})-(\w+)$", name))]
    return " ".join(max(found, key=lambda rest: len(rest[1])).groups()) if found else ""


def owner(name: str, hosts: Collection[str]) -> str | None:
    """The host that a resource's name begins or ends with, the longest if several do."""
    matching = [host for host in hosts if re.search(rf"^{re.escape(host)}(-|$)|-{re.escape(host)}$", name)]
    return max(matching, key=len, default=None)


def kind(token: str) -> str:
    """`Instance` of `oci:Core/instance:Instance`."""
    return token.rsplit(":", 1)[-1]


def words(name: str) -> str:
    """`private key` of `PrivateKey`, `first boot` of `first-boot`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.replace("-", " ").replace("_", " "))
    return spaced.lower()
