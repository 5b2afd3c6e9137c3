"""Settings of hosts: which machines there are, in which cloud, and what each of them is for."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from components.settings.part import Part

Role = Literal["server", "agent", "database"]

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


def shape_name(text: str) -> str:
    """A kind of machine, by Oracle's name."""
    if not re.fullmatch(r"(VM|BM)(\.[A-Za-z0-9]+)+", text):
        raise ValueError(f"{text} is not one of Oracle's shapes. Write one like VM.Standard.A1.Flex.")
    return text


class OracleHost(Part):
    """An instance in Oracle's cloud."""

    cloud: Literal["oracle"]
    roles: tuple[Role, ...]
    """What it does: `server` or `agent` of the cluster, `database` to hold a copy of the cluster's state."""
    labels: dict[Annotated[str, AfterValidator(label_name)], Annotated[str, AfterValidator(label_value)]] = Field(
        default_factory=dict
    )
    taints: tuple[Annotated[str, AfterValidator(taint)], ...] = ()
    shape: Annotated[str, AfterValidator(shape_name)] = "VM.Standard.A1.Flex"
    ocpus: float = Field(default=1, ge=1, le=128)
    """Cores: one is one core of an Ampere processor, and two threads of others. For .Flex shapes only."""
    memory_gb: float = Field(default=6, ge=1, le=2048)
    """For .Flex shapes only."""
    boot_volume_gb: int = Field(default=50, ge=50, le=32768)
    """Oracle makes none smaller."""
    availability_domain: str | None = None
    """Where to create it, if not in oracle.availability_domain. Has no effect on a host that is there."""

    @property
    def architecture(self) -> Literal["amd64", "arm64"]:
        """Ampere shapes (A1, A2, A4) are arm64, all others amd64."""
        return "arm64" if re.search(r"\.A\d+\.", self.shape) else "amd64"

    @property
    def flexible(self) -> bool:
        """Whether cores and memory are ours to choose."""
        return self.shape.endswith(".Flex")

    @field_validator("roles")
    @classmethod
    def is_server_or_agent(cls, roles: tuple[Role, ...]) -> tuple[Role, ...]:
        """k3s runs once on a host; a server is an agent of itself."""
        if len(set(roles)) < len(roles):
            raise ValueError("names a role twice. Name each once.")
        if {"server", "agent"} <= set(roles):
            raise ValueError("has both server and agent. A server runs pods as well: remove agent.")
        return roles

    @model_validator(mode="after")
    def has_memory_of_its_shape(self) -> Self:
        """Fixed shapes have what they have; flexible ones 1 to 64 GB a core."""
        if not self.flexible and self.model_fields_set & {"ocpus", "memory_gb"}:
            raise ValueError(f"{self.shape} has fixed cores and memory. Remove ocpus and memory_gb.")
        if self.flexible and not self.ocpus <= self.memory_gb <= 64 * self.ocpus:
            raise ValueError(f"{self.shape} has 1 to 64 GB of memory a core. Change memory_gb or ocpus.")
        return self

    @model_validator(mode="after")
    def server_has_memory_to_run(self) -> Self:
        """k3s asks for 2 GB on a server; Oracle's E2.1.Micro has 1."""
        memory_gb = 1 if self.shape == "VM.Standard.E2.1.Micro" else self.memory_gb
        if "server" in self.roles and memory_gb < 2:
            raise ValueError(f"has {memory_gb:g} GB of memory, and a k3s server needs 2. Make it larger, or an agent.")
        return self
