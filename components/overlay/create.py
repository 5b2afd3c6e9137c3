"""Creates the overlay of the stack."""

from collections.abc import Sequence

from components.overlay.overlay import Overlay
from components.overlay.tailscale.settings import TailnetSettings
from components.settings.downloads import Downloads


def create_overlay(
    name: str, settings: TailnetSettings, downloads: Downloads, datastore_ports: Sequence[int]
) -> Overlay:
    """The stack's overlay. `downloads`: where hosts get its program from. `datastore_ports`: TCP, for hosts only."""
    from components.overlay.tailscale.tailnet import Tailnet  # not needed to read settings

    return Tailnet(name, settings, downloads, datastore_ports)
