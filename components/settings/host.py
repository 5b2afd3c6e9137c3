"""Settings that the hosts of all clouds have: roles, and labels and taints of nodes."""

import re
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, field_validator

from components.settings.part import Part

Role = Literal["server", "agent", "database", "ingress", "storage"]
Architecture = Literal["amd64", "arm64"]
PROGRAMS_USER = "operator"
"""The user that the program creates on each host, and logs in as."""

# Kubernetes' own labels that a kubelet may set on its node. NodeRestriction refuses all others.
OPEN_LABELS = ("node.kubernetes.io/", "topology.kubernetes.io/region", "topology.kubernetes.io/zone")
NAME = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
PREFIX = r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"
TAINT = re.compile(rf"({PREFIX}/)?{NAME}(=({NAME})?)?:(NoSchedule|PreferNoSchedule|NoExecute)")


def label_name(text: str) -> str:
    """Name of a label that users may set."""
    if not re.fullmatch(rf"({PREFIX}/)?{NAME}", text):
        raise ValueError("is not a label. Use letters, digits, -, _ and ., after a domain and a / if you like.")
    domain = text.partition("/")[0]
    if re.search(r"(^|\.)(kubernetes|k8s)\.io$", domain) and not text.startswith(OPEN_LABELS):
        raise ValueError("is one of Kubernetes' own labels, which a node may not set. Use a domain of your own.")
    return text


def label_value(text: str) -> str:
    """Value of a label. May be empty."""
    if not re.fullmatch(rf"({NAME})?", text):
        raise ValueError(f"{text!r} is not a label's value. Use at most 63 letters, digits, -, _ and ., or none.")
    return text


def taint(text: str) -> str:
    """A taint as k3s and kubectl write it."""
    if not TAINT.fullmatch(text):
        raise ValueError(f"{text} is not a taint. Write key=value:Effect; Effect is NoSchedule or NoExecute.")
    return text


def check_server_memory(roles: tuple[Role, ...], memory_gb: float) -> None:
    """Raises ValueError for a server with less than the 2 GB of memory that k3s requires."""
    if "server" in roles and memory_gb < 2:
        raise ValueError(f"has {memory_gb:g} GB of memory, and a k3s server needs 2. Make it larger, or an agent.")


class HostPart(Part):
    """Settings of every host. Each cloud derives its own model."""

    if TYPE_CHECKING:  # each cloud's model defines these as fields or as properties

        @property
        def cloud(self) -> str:
            """The cloud's name in the registry, as a Literal."""

        @property
        def architecture(self) -> Architecture:
            """Architecture of its processor."""

    roles: tuple[Role, ...]
    """Roles: `server` or `agent` of the cluster; `database` for a copy of the cluster's state; `ingress` for visitors;
    `storage` for the object store's data."""
    labels: dict[Annotated[str, AfterValidator(label_name)], Annotated[str, AfterValidator(label_value)]] = Field(
        default_factory=dict
    )
    """Labels of the cluster's node."""
    taints: tuple[Annotated[str, AfterValidator(taint)], ...] = ()
    """Taints of the cluster's node, `key=value:Effect`."""

    @field_validator("roles")
    @classmethod
    def fit_on_one_host(cls, roles: tuple[Role, ...]) -> tuple[Role, ...]:
        """A server is its own agent, so a host can't have both roles. Roles that run as pods need one of the two."""
        if len(set(roles)) < len(roles):
            raise ValueError("names a role twice. Name each once.")
        if {"server", "agent"} <= set(roles):
            raise ValueError("has both server and agent. A server runs pods, too: remove agent.")
        for role in ("ingress", "storage"):
            if role in roles and not {"server", "agent"} & set(roles):
                raise ValueError(f"has {role}, which runs as pods, but the host is not in the cluster. Add agent.")
        return roles

    @property
    def data_disk_gb(self) -> int | None:
        """Size in GB of the disk with the object store's data. None: unknown."""
        return None
