"""What a host's Tailscale must not do, whoever told it to. gather.py asks it on the host."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.overlay.facts import OverlayLook
from components.settings.errors import Finding

if TYPE_CHECKING:  # they know the overlay's numbers, which know this
    from components.overlay.tailscale.settings import TailnetSettings

PUBLIC_SERVER = "https://controlplane.tailscale.com"
FORMER_SERVER = "https://login.tailscale.com"
"""What old versions call the same one."""
EVERYWHERE = {"0.0.0.0/0", "::/0"}  # as routes
NETFILTER_ON = 2


def findings(key: str, settings: "TailnetSettings", found: Mapping[str, Any]) -> Iterator[Finding]:
    """Preferences that break the cluster or let people in around the policy. They are refused at each `up`."""
    preferences = found.get("preferences") or {}
    for message in _refused(preferences):
        yield Finding(key, message)
    yield from _membership(key, settings.control_server or PUBLIC_SERVER, found)


def is_out(found: Mapping[str, Any]) -> bool:
    """Whether somebody has logged it out, or its key has expired."""
    return found.get("state") == "NeedsLogin"


def opens_iptables(found: Mapping[str, Any]) -> bool:
    """Whether it puts rules of its own before all others, as it does unless it is told otherwise."""
    return (found.get("preferences") or {}).get("NetfilterMode", NETFILTER_ON) == NETFILTER_ON


def _refused(preferences: Mapping[str, Any]) -> Iterator[str]:
    if set(preferences.get("AdvertiseRoutes") or ()) & EVERYWHERE:
        yield "offers itself as an exit node. Run there: sudo tailscale set --advertise-exit-node=false"
    if preferences.get("ExitNodeID") or preferences.get("ExitNodeIP") or preferences.get("AutoExitNode"):
        yield "uses an exit node, which sends pods' packets away. Run there: sudo tailscale set --exit-node="
    if preferences.get("RouteAll"):
        yield (
            "accepts routes of other devices, which may lead pods' packets away."
            " Run there: sudo tailscale set --accept-routes=false"
        )
    if preferences.get("RunSSH"):
        yield (
            "has Tailscale SSH on, which answers in place of sshd, with another host key."
            " Run there: sudo tailscale set --ssh=false"
        )
    if preferences.get("ShieldsUp"):
        yield "refuses all that comes in by the tailnet. Run there: sudo tailscale set --shields-up=false"


def _membership(key: str, server: str, found: Mapping[str, Any]) -> Iterator[Finding]:
    """A device that is logged out is in no tailnet: the program lets it join."""
    state, preferences = found.get("state"), found.get("preferences") or {}
    if state not in ("Running", "Starting", "Stopped", "NeedsMachineAuth"):
        return
    present = (preferences.get("ControlURL") or PUBLIC_SERVER).rstrip("/")
    if present == FORMER_SERVER:
        present = PUBLIC_SERVER
    if present != server.rstrip("/"):
        yield Finding(key, f"is in a tailnet of {present}, not of {server}. Run there: sudo tailscale logout")
    elif state == "Stopped":
        yield Finding(key, "has switched its tailnet off. Run there: sudo tailscale up")
    elif state == "NeedsMachineAuth":
        yield Finding(key, "waits until an administrator of the tailnet approves it. Do that.")


LOOK = OverlayLook(Path(__file__).with_name("gather.py"), findings, is_out, opens_iptables)
