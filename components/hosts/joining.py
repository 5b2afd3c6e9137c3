"""How a host becomes a device of the tailnet: join_tailnet.sh, run by user data at a first start or by a step."""

from pathlib import Path

from components.artefacts import tailscale
from components.settings import Settings

SCRIPT = Path(__file__).parent / "join_tailnet.sh"
AUTH_KEY_FILE = "/run/tailnet-k3s-auth-key"
"""Of root's, gone after the join."""


def join_values(architecture: str, settings: Settings) -> dict[str, str]:
    """What the script is given, but for the device's name."""
    archive = tailscale(architecture, settings.downloads)
    return {
        "URL": archive.url,
        "SHA256": archive.sha256,
        "CHECKSUM_URL": archive.checksum_url,
        "NAME": archive.name,
        "AUTH_KEY_FILE": AUTH_KEY_FILE,
        "CONTROL_SERVER": settings.tailnet.control_server or "",
        # With a control server of one's own, logs are not sent to Tailscale either.
        "OPTIONS": "--no-logs-no-support" if settings.tailnet.control_server else "",
    }
