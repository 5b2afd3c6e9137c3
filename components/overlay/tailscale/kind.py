"""Tailscale, with its own control server or with Headscale, as one of the kinds of overlay."""

from collections.abc import Sequence

from components.overlay.kind import OverlayKind
from components.overlay.overlay import Overlay
from components.overlay.tailscale.credentials import CREDENTIALS
from components.overlay.tailscale.facts import TAILSCALE
from components.overlay.tailscale.settings import TailnetSettings
from components.settings.downloads import Downloads


def create(name: str, settings: TailnetSettings, downloads: Downloads, datastore_ports: Sequence[int]) -> Overlay:
    """The tailnet and its policy."""
    from components.overlay.tailscale.tailnet import Tailnet  # not needed to read settings

    return Tailnet(name, settings, downloads, datastore_ports)


TAILNET = OverlayKind(
    key="tailnet",
    settings=TailnetSettings,
    credentials=CREDENTIALS,
    facts=TAILSCALE,
    create=create,
)
