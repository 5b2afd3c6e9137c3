"""What scripts are told by which a host joins the tailnet, or gets another Tailscale.

User data runs join.sh at a first boot, a step runs it on an existing machine.
"""

from pathlib import Path

from components.artefacts import TAILSCALE_VERSION, tailscale
from components.overlay.tailscale.facts import TAILSCALE
from components.overlay.tailscale.settings import TailnetSettings
from components.settings.downloads import Downloads

HERE = Path(__file__).parent
JOIN = (HERE / "install.sh", HERE / "join.sh")
UPDATE = (HERE / "install.sh", HERE / "update.sh")
ADMIT, LEAVE = (HERE / "json_value.sh", HERE / "admit.sh"), (HERE / "json_value.sh", HERE / "leave.sh")
AUTH_KEY_FILE = "/run/tailnet-k3s-auth-key"
"""Only root may read it. The script removes it after the join."""


def join_values(architecture: str, settings: TailnetSettings, downloads: Downloads) -> dict[str, str]:
    """Variables of join.sh, except for the device's name."""
    return {
        **_archive_values(architecture, settings, downloads),
        "AUTH_KEY_FILE": AUTH_KEY_FILE,
        # A stack with its own control server does not send logs to Tailscale either.
        "OPTIONS": "--no-logs-no-support" if settings.control_server else "",
        "PORT": str(TAILSCALE.port),
    }


def update_values(architecture: str, settings: TailnetSettings, downloads: Downloads) -> dict[str, str]:
    """Variables of update.sh."""
    return {**_archive_values(architecture, settings, downloads), "VERSION": TAILSCALE_VERSION}


def _archive_values(architecture: str, settings: TailnetSettings, downloads: Downloads) -> dict[str, str]:
    archive = tailscale(architecture, downloads.mirror, settings.sha256.of(architecture))
    return {
        "URL": archive.url,
        "SHA256": archive.sha256,
        "CHECKSUM_URL": archive.checksum_url,
        "NAME": archive.name,
        "CONTROL_SERVER": settings.control_server or "",
    }
