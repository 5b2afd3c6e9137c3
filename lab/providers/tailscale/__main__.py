"""Starts the tailscale stand-in as Pulumi's plugin."""

from lab.providers.server import serve
from lab.providers.tailscale.provider import TailscaleProvider

if __name__ == "__main__":
    serve("tailscale", lambda log: TailscaleProvider())
