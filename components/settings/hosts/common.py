"""What the hosts of all clouds have in common: roles, and what the cluster's nodes are marked with."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator

from components.settings.part import Part

Role = Literal["server", "agent", "database", "ingress", "storage"]
Architecture = Literal["amd64", "arm64"]

# A kubelet may set these of Kubernetes' own labels on its node; it is refused all others (NodeRestriction).
OPEN_LABELS = ("node.kubernetes.io/", "topology.kubernetes.io/region", "topology.kubernetes.io/zone")
NAME = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
PREFIX = r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"
TAINT = re.compile(rf"({PREFIX}/)?{NAME}(=({NAME})?)?:(NoSchedule|PreferNoSchedule|NoExecute)")


def label_name(text: str) -> str:
    """The name of a label that is the user's to set."""
    if not re.fullmatch(rf"({PREFIX}/)?{NAME}", text):
        raise ValueError("is not a label. Use letters, digits, -, _ and ., after a domain and a / if you like.")
    domain = text.partition("/")[0]
    if re.search(r"(^|\.)(kubernetes|k8s)\.io$", domain) and not text.startswith(OPEN_LABELS):
        raise ValueError("is one of Kubernetes' own labels, which a node may not set. Use a domain of your own.")
    return text


def label_value(text: str) -> str:
    """The value of a label; may be empty."""
    if not re.fullmatch(rf"({NAME})?", text):
        raise ValueError(f"{text!r} is not a label's value. Use at most 63 letters, digits, -, _ and ., or none.")
    return text


def taint(text: str) -> str:
    """A taint in the notation of k3s and kubectl."""
    if not TAINT.fullmatch(text):
        raise ValueError(f"{text} is not a taint. Write key=value:Effect; Effect is NoSchedule or NoExecute.")
    return text


def check_server_memory(roles: tuple[Role, ...], memory_gb: float) -> None:
    """k3s asks for 2 GB on a server. Raises ValueError for one that has less."""
    if "server" in roles and memory_gb < 2:
        raise ValueError(f"has {memory_gb:g} GB of memory, and a k3s server needs 2. Make it larger, or an agent.")


class HostPart(Part):
    """What each host has, wherever it is."""

    roles: tuple[Role, ...]
    """What it does: `server` or `agent` of the cluster, `database` to hold a copy of the cluster's state, `ingress` to
    take visitors in, `storage` to keep the object store's data."""
    labels: dict[Annotated[str, AfterValidator(label_name)], Annotated[str, AfterValidator(label_value)]] = Field(
        default_factory=dict
    )
    """Labels of the cluster's node."""
    taints: tuple[Annotated[str, AfterValidator(taint)], ...] = ()
    """Taints of the cluster's node, `key=value:Effect`."""

    @field_validator("roles")
    @classmethod
    def fit_on_one_host(cls, roles: tuple[Role, ...]) -> tuple[Role, ...]:
        """k3s runs once on a host, a server is an agent of itself, and what runs as a pod needs one of them."""
        if len(set(roles)) < len(roles):
            raise ValueError("names a role twice. Name each once.")
        if {"server", "agent"} <= set(roles):
            raise ValueError("has both server and agent. A server runs pods as well: remove agent.")
        for role in ("ingress", "storage"):
            if role in roles and not {"server", "agent"} & set(roles):
                raise ValueError(f"has {role}, which runs in the cluster, and the host is not in it. Add agent.")
        return roles
