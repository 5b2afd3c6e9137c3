"""Creates the overlay of the stack."""

from collections.abc import Sequence

from components.overlay.overlay import Overlay
from components.overlay.registry import KIND
from components.settings.downloads import Downloads
from components.settings.part import Part


def create_overlay(name: str, settings: Part, downloads: Downloads, datastore_ports: Sequence[int]) -> Overlay:
    """The stack's overlay. `downloads`: where hosts get its program from. `datastore_ports`: TCP, for hosts only."""
    return KIND.create(name, settings, downloads, datastore_ports)
