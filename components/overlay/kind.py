"""The interface of a kind of overlay. A further kind is a folder here, and registry.py names the one in use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from components.credentials.provider import Credentials
from components.overlay.facts import OverlayFacts
from components.overlay.overlay import Overlay
from components.settings.downloads import Downloads
from components.settings.part import Part


class Create(Protocol):
    """Creates the overlay. `downloads`: where hosts get its program from. `datastore_ports`: TCP, for hosts only."""

    def __call__(self, name: str, settings: Any, downloads: Downloads, datastore_ports: Sequence[int]) -> Overlay: ...


@dataclass(frozen=True)
class OverlayKind:
    """One kind of overlay network."""

    key: str
    """Key of its settings: `tailnet-k3s:KEY` in a stack's file."""
    settings: type[Part]
    """Model of its settings."""
    credentials: Credentials
    """Of its provider."""
    facts: OverlayFacts
    create: Create
