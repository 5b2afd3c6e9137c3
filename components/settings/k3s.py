"""Settings of the cluster that runs on the hosts."""

import re
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from components.settings.part import Network, Part, WebUrl

# The first release of each minor version after which a restart of tailscaled leaves flannel's interface alone.
FIRST_PATCH = {33: 13, 34: 9, 35: 6, 36: 2}

# Options of servers that the program sets, with the setting to use instead where there is one.
OWN_OPTIONS: dict[str, str | None] = {
    **{f"datastore-{part}": None for part in ("endpoint", "cafile", "certfile", "keyfile")},
    **dict.fromkeys(("agent-token", "cluster-init", "server", "token", "token-file", "agent-token-file")),
    **dict.fromkeys(("advertise-address", "bind-address", "data-dir", "https-listen-port", "tls-san")),
    **dict.fromkeys(("flannel-backend", "node-name", "node-ip", "write-kubeconfig-mode", "private-registry")),
    **{"cluster-cidr": "k3s.cluster_cidr", "service-cidr": "k3s.service_cidr", "disable": "k3s.disable"},
    **{"node-label": "labels of the host", "node-taint": "taints of the host"},
}
REFUSED_OPTIONS = {
    "flannel-iface": "is always tailscale0: nodes in different places meet in the tailnet only. Remove it.",
    "node-external-ip": "is set by the program on ingress hosts, to their network card's address: any other makes "
    "visitors' addresses disappear. Remove it.",
    "flannel-external-ip": "leads pods' packets around the tailnet. Remove it.",
    "vpn-auth": "is experimental and takes over the routes of the tailnet, which hosts have joined already. Remove it.",
    "vpn-auth-file": "is experimental and takes over the routes of the tailnet, which hosts joined already. Remove it.",
}


def release(text: str) -> str:
    """A release of k3s that keeps its network when tailscaled restarts."""
    found = re.fullmatch(r"v1\.(\d+)\.(\d+)\+k3s\d+", text)
    if not found:
        raise ValueError(f"{text} is not a release of k3s. Write it as its publisher does, like v1.36.3+k3s1.")
    minor, patch = int(found[1]), int(found[2])
    if minor < min(FIRST_PATCH) or patch < FIRST_PATCH.get(minor, 0):
        wanted = minor if minor in FIRST_PATCH else min(FIRST_PATCH)
        first = f"v1.{wanted}.{FIRST_PATCH[wanted]}+k3s1"
        raise ValueError(f"{text} loses its network when tailscaled restarts. Use {first} or newer.")
    return text


def registry_name(text: str) -> str:
    """The registry of an image's name: a host, perhaps with a port, or `*` for all that have no line of their own."""
    if text != "*" and not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d+)?", text):
        raise ValueError("is not a registry. Write its host only, like docker.io.")
    return text


def option_name(text: str) -> str:
    """An option of `k3s server` that is left to the user."""
    if text in REFUSED_OPTIONS:
        raise ValueError(REFUSED_OPTIONS[text])
    if text in OWN_OPTIONS:
        instead = OWN_OPTIONS[text]
        raise ValueError(f"is set by the program itself. {f'Use {instead}.' if instead else 'Remove it.'}")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text):
        raise ValueError("is not an option of k3s. Write it as in its config.yaml, without dashes in front.")
    return text


def server_option(value: object) -> object:
    """A value as config.yaml of k3s has them."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str | bool | int) for one in values):
        raise ValueError("is not a value that k3s takes. Give text, a number, true, false, or a list of texts.")
    return tuple(str(one) for one in value) if isinstance(value, list) else value


OptionValue = Annotated[str | bool | int | tuple[str, ...], BeforeValidator(server_option)]


def checksum(text: str) -> str:
    """SHA-256 in the notation of sha256sum."""
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise ValueError("is not a SHA-256. Give 64 of 0-9 and a-f, as sha256sum prints them.")
    return text


class Checksums(Part):
    """SHA-256 of the release's binary. None: the release's own list of checksums is trusted."""

    amd64: Annotated[str, AfterValidator(checksum)] | None = None
    """For AMD's and Intel's processors, as sha256sum prints it."""
    arm64: Annotated[str, AfterValidator(checksum)] | None = None
    """For ARM processors."""


class K3s(Part):
    """The cluster's version, ranges of addresses, and what of k3s is left out."""

    version: Annotated[str, AfterValidator(release)] = "v1.36.3+k3s1"
    """A release of k3s that keeps its network when tailscaled restarts."""
    sha256: Checksums = Checksums()
    """Of the release's binary, by architecture."""
    cluster_cidr: Network = IPv4Network("10.42.0.0/16")
    """Addresses of pods: 256 for each node. Can't be changed on a cluster that is there."""
    service_cidr: Network = IPv4Network("10.43.0.0/16")
    """Addresses of services. Can't be changed on a cluster that is there."""
    disable: tuple[Literal["traefik", "servicelb", "local-storage", "metrics-server"], ...] = ("traefik",)
    """Parts of k3s to leave out. The program has a Traefik of its own."""
    registries: dict[Annotated[str, AfterValidator(registry_name)], tuple[WebUrl, ...]] = Field(default_factory=dict)
    """Mirrors to ask for images before the registry itself, by registry."""
    server_options: dict[Annotated[str, AfterValidator(option_name)], OptionValue] = Field(default_factory=dict)
    """Further lines of config.yaml on servers."""

    @field_validator("registries")
    @classmethod
    def have_a_mirror(cls, registries: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """A registry without one need not be named."""
        for name, mirrors in registries.items():
            if not mirrors:
                raise ValueError(f"names no mirror for {name}. Add one, or remove it.")
        return registries
