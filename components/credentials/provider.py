"""The credentials of one provider: how to find out what is missing, and which of its settings are secrets."""

from collections.abc import Callable
from dataclasses import dataclass

from components.credentials.sources import Sources


@dataclass(frozen=True)
class Credentials:
    """How to check the credentials of a provider. The accepted ones are those of the published provider."""

    provider: str
    """Name of the provider, and of a heading in docs/credentials.md: `oci`."""
    missing: Callable[[Sources], str | None]
    """Gives what is missing, as a sentence without its subject; None if the provider can log in."""
    secrets: tuple[str, ...]
    """Settings of the provider that must be encrypted in a stack's file."""
