"""What a run of the program sent to providers, held against what their published SDKs take."""

from collections.abc import Iterable, Mapping
from typing import Any

from lab.providers import published
from lab.providers.properties import value_map
from lab.providers.sdk_source import modules_of
from tests.engine import Run

CLOUDS = ("azure-native", "cloudflare", "oci", "tailscale")
"""Providers that a mistake reaches only with an account; the others run in the lab as they are published."""
OWN = ("pulumi", "tailnet-k3s")
"""First parts of tokens that no provider has: the engine's functions and types, and the program's components."""
BEYOND_ENUMERATIONS = {("azure-native:compute:VirtualMachine", "hardwareProfile.vmSize")}
"""Where the SDK names values of which its own text says that they are no longer kept: no rule can be had from it."""


def mistakes(run: Run) -> list[str]:
    """Everything that a published provider would not take, a line each, which says nothing of values."""
    lines: list[str] = []
    for resource in run.resources:
        if not is_own(resource.type) and not is_custom(resource.type):
            lines += wrong(resource.type, f"{resource.type} {resource.name}", resource.inputs)
    for token, arguments in run.calls:
        if not is_own(token):
            lines += wrong(token, token, arguments)
    return lines


def is_own(token: str) -> bool:
    """Whether no provider has the type or function."""
    return token.split(":", maxsplit=1)[0] in OWN


def is_custom(token: str) -> bool:
    """Whether it is a type that was added to Kubernetes: its own API knows it, no SDK does."""
    package, module, _ = token.split(":")
    return package == "kubernetes" and f"{package}:{module}" not in modules_of(package)


def wrong(token: str, what: str, inputs: Mapping[str, Any]) -> Iterable[str]:
    """What is wrong with one resource's inputs, or one function's arguments."""
    try:
        failures = published.check(token, value_map(inputs), strict=True)
    except LookupError as error:
        return [str(error)]
    return [f"{what}: {failure.reason}" for failure in failures if (token, failure.property) not in BEYOND_ENUMERATIONS]


def providers_of(run: Run) -> set[str]:
    """Names of the providers that a run had resources of."""
    return {resource.type.split(":")[0] for resource in run.resources} - set(OWN)
