"""Settings of the k3s cluster."""

import re
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from components.artefacts import K3S_VERSION
from components.cluster.versions import FIRST_PATCH, known_release
from components.overlay.registry import OVERLAY
from components.settings.checksums import Checksums
from components.settings.part import Network, Part, WebUrl

DAEMON = OVERLAY.unit.removesuffix(".service")

# Server options that the program itself sets, with the setting to use instead, if there is one.
OWN_OPTIONS: dict[str, str | None] = {
    **{f"datastore-{part}": None for part in ("endpoint", "cafile", "certfile", "keyfile")},
    **dict.fromkeys(("agent-token", "cluster-init", "server", "token", "token-file", "agent-token-file")),
    **dict.fromkeys(("advertise-address", "bind-address", "data-dir", "https-listen-port", "tls-san")),
    **dict.fromkeys(("flannel-backend", "node-name", "node-ip", "write-kubeconfig-mode", "private-registry")),
    **{"cluster-cidr": "k3s.cluster_cidr", "service-cidr": "k3s.service_cidr", "disable": "k3s.disable"},
    **{"node-label": "labels of the host", "node-taint": "taints of the host"},
}
REFUSED_OPTIONS = {
    "flannel-iface": f"is always {OVERLAY.interface}: nodes reach each other through the tailnet only. Remove it.",
    "node-external-ip": "is set by the program on ingress hosts to their network card's address. With another address, "
    "pods would not see visitors' addresses. Remove it.",
    "flannel-external-ip": "would send pods' packets outside the tailnet. Remove it.",
    "vpn-auth": "is experimental and takes over the routes of the tailnet, which hosts have joined already. Remove it.",
    "vpn-auth-file": "is experimental and takes over the routes of the tailnet, which hosts joined already. Remove it.",
}


def release(text: str) -> str:
    """A release of k3s in which pods keep their network when the tailnet's daemon restarts."""
    found = re.fullmatch(r"v1\.(\d+)\.(\d+)\+k3s\d+", text)
    if not found:
        raise ValueError(f"{text} is not a release of k3s. Write it as its publisher does, like {K3S_VERSION}.")
    minor, patch = int(found[1]), int(found[2])
    if minor < min(FIRST_PATCH) or patch < FIRST_PATCH.get(minor, 0):
        first = known_release(minor if minor in FIRST_PATCH else min(FIRST_PATCH))
        raise ValueError(f"{text} loses its network when {DAEMON} restarts. Use {first} or newer.")
    return text


def registry_name(text: str) -> str:
    """A registry: a host with or without a port, or `*` for all other registries."""
    if text != "*" and not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d+)?", text):
        raise ValueError("is not a registry. Write its host only, like docker.io.")
    return text


def option_name(text: str) -> str:
    """An option of `k3s server` that users may set."""
    if text in REFUSED_OPTIONS:
        raise ValueError(REFUSED_OPTIONS[text])
    if text in OWN_OPTIONS:
        instead = OWN_OPTIONS[text]
        raise ValueError(f"is set by the program itself. {f'Use {instead}.' if instead else 'Remove it.'}")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text):
        raise ValueError("is not an option of k3s. Write it as in its config.yaml, without dashes in front.")
    return text


def server_option(value: object) -> object:
    """A value for k3s' config.yaml."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str | bool | int) for one in values):
        raise ValueError("is not a value that k3s accepts. Give text, a number, true, false, or a list of texts.")
    return tuple(str(one) for one in value) if isinstance(value, list) else value


OptionValue = Annotated[str | bool | int | tuple[str, ...], BeforeValidator(server_option)]


class K3s(Part):
    """Version, address ranges and options of the cluster."""

    version: Annotated[str, AfterValidator(release)] = K3S_VERSION
    """A release of k3s in which pods keep their network when the tailnet's daemon restarts."""
    sha256: Checksums = Checksums()
    """SHA-256 of the release's binary, by architecture. The program knows the checksums of its default version. For
    other versions, hosts trust the release's list of checksums, which must come by https."""
    cluster_cidr: Network = IPv4Network("10.42.0.0/16")
    """Addresses of pods: 256 for each node. Can't be changed on an existing cluster."""
    service_cidr: Network = IPv4Network("10.43.0.0/16")
    """Addresses of services. Can't be changed on an existing cluster."""
    disable: tuple[Literal["traefik", "servicelb", "local-storage", "metrics-server"], ...] = ("traefik",)
    """Parts of k3s to disable. The program installs its own Traefik."""
    lost_seconds: int = Field(default=30, ge=0, le=3600)
    """Seconds until pods of a lost host start on another one, 0 to 3600. They count from the moment when Kubernetes
    regards the host as lost: 40 to 50 seconds after its last sign of life. Pods may set their own time. A pod that is
    there already keeps its time. A change restarts k3s on the servers, one after another."""
    registries: dict[Annotated[str, AfterValidator(registry_name)], tuple[WebUrl, ...]] = Field(default_factory=dict)
    """Mirrors by registry. k3s asks them before the registry itself."""
    server_options: dict[Annotated[str, AfterValidator(option_name)], OptionValue] = Field(default_factory=dict)
    """Further options for config.yaml on servers."""

    @field_validator("registries")
    @classmethod
    def have_a_mirror(cls, registries: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """A registry needs at least one mirror."""
        for name, mirrors in registries.items():
            if not mirrors:
                raise ValueError(f"names no mirror for {name}. Add one, or remove it.")
        return registries
