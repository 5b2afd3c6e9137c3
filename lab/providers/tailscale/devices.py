"""Devices of a tailnet: `tailscale.DeviceTags`, and the functions `getDevice` and `getDevices`, which can wait."""

import re
import time
from collections.abc import Callable
from typing import Any

from lab.providers.stand_in import ResourceType, Values
from lab.providers.tailscale.headscale import Headscale, NotFoundError

NEVER = "0001-01-01T00:00:00Z"
"""Tailscale's value for a key that does not expire."""
UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def device_functions(tailnet: Headscale, domain: str = "") -> dict[str, Callable[[Values], Values]]:
    """Functions by token. `domain`: the end of full names, which Headscale's API does not tell."""

    def get_device(arguments: Values) -> Values:
        if ("name" in arguments) == ("hostname" in arguments):
            raise RuntimeError("getDevice takes either name or hostname")
        key = "name" if "name" in arguments else "hostname"

        def look() -> Values | None:
            return next((one for one in devices() if one[key] == arguments[key]), None)

        found = wait_for(look, arguments)
        if found is None:
            waited = f" after {arguments['waitFor']}" if "waitFor" in arguments else ""
            raise RuntimeError(f"tailnet: no device with {key}={arguments[key]}{waited}: has it joined?")
        return found | ({"waitFor": arguments["waitFor"]} if "waitFor" in arguments else {})

    def get_devices(arguments: Values) -> Values:
        prefix = arguments.get("namePrefix", "")
        found = [device for device in devices() if device["name"].startswith(prefix)]
        return arguments | {"id": "devices", "devices": found}

    def devices() -> list[Values]:
        return [device(node, domain) for node in tailnet.nodes()]

    return {
        "tailscale:index/getDevice:getDevice": get_device,
        "tailscale:index/getDevices:getDevices": get_devices,
    }


def wait_for(look: Callable[[], Values | None], arguments: Values) -> Values | None:
    """The result of `look`. Calls it every second for the time in `waitFor`. Without `waitFor`, calls it once."""
    deadline = time.monotonic() + duration(arguments.get("waitFor", "0s"))
    while (found := look()) is None and time.monotonic() < deadline:
        time.sleep(1)
    return found


def duration(text: str) -> float:
    """Seconds of a duration like `90s` or `1m30s`. Raises RuntimeError."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(h|ms|m|s)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise RuntimeError(f"waitFor: {text} is no duration like 60s or 1m30s")
    return sum(float(number) * UNITS[unit] for number, unit in parts)


def device(node: dict[str, Any], domain: str) -> Values:
    """A device in the published provider's format. Fields that Headscale does not know have empty values."""
    tags = node.get("tags") or []
    return {
        "addresses": node["ipAddresses"],
        "authorized": True,
        "blocksIncomingConnections": False,
        "clientVersion": "",
        "created": node["createdAt"],
        "expires": node.get("expiry") or NEVER,
        "hostname": node["name"],
        "id": node["id"],
        "isExternal": False,
        "keyExpiryDisabled": not node.get("expiry"),
        "lastSeen": node.get("lastSeen") or "",
        "machineKey": node["machineKey"],
        "name": f"{node['givenName']}.{domain}" if domain else node["givenName"],
        "nodeId": node["id"],
        "nodeKey": node["nodeKey"],
        "os": "linux",
        "tags": tags,
        "tailnetLockError": "",
        "tailnetLockKey": "",
        "updateAvailable": False,
        "user": "tagged-devices" if tags else (node.get("user") or {}).get("name", ""),
    }


class DeviceTags(ResourceType):
    """The tags of a device that has joined."""

    published_as = "tailscale:index/deviceTags:DeviceTags"
    replaced_by = frozenset({"deviceId"})
    unordered = frozenset({"tags"})

    def __init__(self, tailnet: Headscale) -> None:
        self._tailnet = tailnet

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Give the device its tags."""
        return inputs["deviceId"], self.update(inputs["deviceId"], {}, inputs)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Replace the device's tags."""
        self._tailnet.set_tags(resource_id, inputs["tags"])
        return inputs

    def delete(self, resource_id: str, state: Values) -> None:
        """Does nothing: a tagged device keeps at least one tag until a user logs in on it."""

    def read(self, resource_id: str, state: Values) -> Values | None:
        """The device's tags. None if the device is gone."""
        node = next((node for node in self._tailnet.nodes() if node["id"] == resource_id), None)
        return {"deviceId": resource_id, "tags": node.get("tags") or []} if node else None


__all__ = ["DeviceTags", "NotFoundError", "device", "device_functions", "duration"]
