"""A part of the look's script: what Tailscale on this host is told to do, and whether it is in a tailnet."""

from __future__ import annotations

import json
from typing import Any

from components.look.gather.reading import run


def overlay() -> dict[str, Any]:
    """Its preferences and its state; both None where it does not run, or is not there."""
    preferences = run("tailscale", "debug", "prefs", may_be_missing=True, may_fail=True)
    status = run("tailscale", "status", "--json", "--peers=false", may_be_missing=True, may_fail=True)
    return {
        "preferences": _chosen(json.loads(preferences)) if preferences else None,
        "state": json.loads(status).get("BackendState") if status else None,
    }


def _chosen(preferences: dict[str, Any]) -> dict[str, Any]:
    """Those that say how it joins the network. Others have keys in them."""
    names = (
        *("ControlURL", "RouteAll", "ExitNodeID", "ExitNodeIP", "AutoExitNode", "RunSSH", "ShieldsUp"),
        *("AdvertiseRoutes", "NetfilterMode", "WantRunning", "LoggedOut", "Hostname"),
    )
    return {name: preferences[name] for name in names if name in preferences}
