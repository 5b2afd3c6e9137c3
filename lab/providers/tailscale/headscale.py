"""A client of Headscale's HTTP API, as far as the tailscale stand-in needs it."""

import json
import os
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

SECONDS = 20
"""The timeout of a call."""


@dataclass
class Headscale:
    """A server. Values missing in the provider's settings come from TAILSCALE_BASE_URL and TAILSCALE_API_KEY."""

    url: str = field(default_factory=lambda: os.environ.get("TAILSCALE_BASE_URL", ""))
    api_key: str = field(default_factory=lambda: os.environ.get("TAILSCALE_API_KEY", ""), repr=False)
    transport: httpx.BaseTransport | None = None
    """A transport for the calls in place of the network."""

    def policy(self) -> str:
        """The policy's text. Empty if it was never set: then every device reaches every other."""
        try:
            return str(self._call("GET", "policy").get("policy", ""))
        except NotFoundError:
            return ""

    def set_policy(self, text: str) -> None:
        """Replace the policy. An empty text means none."""
        self._call("PUT", "policy", {"policy": text})

    def create_key(self, tags: list[str], reusable: bool, ephemeral: bool, expires: datetime) -> dict[str, Any]:
        """A new auth key. Only this answer contains the key itself, in `key`."""
        wanted = {"aclTags": tags, "reusable": reusable, "ephemeral": ephemeral, "expiration": expires.isoformat()}
        if not tags:
            wanted["user"] = self._owner()
        return dict(self._call("POST", "preauthkey", wanted)["preAuthKey"])

    def key(self, key_id: str) -> dict[str, Any] | None:
        """A key's state, without the key itself. None if there is no such key."""
        keys: list[dict[str, Any]] = self._call("GET", "preauthkey")["preAuthKeys"]
        return next((key for key in keys if key["id"] == key_id), None)

    def delete_key(self, key_id: str) -> None:
        """Remove a key. Devices that joined with it stay. It is no error if it is gone already."""
        try:
            self._call("DELETE", f"preauthkey?id={key_id}")
        except NotFoundError:
            return

    def nodes(self) -> list[dict[str, Any]]:
        """All devices."""
        return list(self._call("GET", "node")["nodes"])

    def set_tags(self, node_id: str, tags: list[str]) -> dict[str, Any]:
        """Replace a device's tags. Raises NotFoundError."""
        return dict(self._call("POST", f"node/{node_id}/tags", {"tags": tags})["node"])

    def _owner(self) -> str:
        """The user who owns keys without tags: the first user. Creates one if there is none."""
        users = self._call("GET", "user")["users"] or [self._call("POST", "user", {"name": "admin"})["user"]]
        return str(users[0]["id"])

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        if not self.url or not self.api_key:
            raise RuntimeError("tailnet: set TAILSCALE_BASE_URL and TAILSCALE_API_KEY, or the provider's own settings")
        headers = {"Authorization": f"Bearer {self.api_key}"}
        trusted = ssl.create_default_context()  # trusts the machine's authorities, or those of SSL_CERT_FILE
        try:
            with httpx.Client(verify=trusted, headers=headers, timeout=SECONDS, transport=self.transport) as client:
                answer = client.request(method, f"{self.url.rstrip('/')}/api/v1/{path}", json=body)
        except httpx.HTTPError as error:
            raise RuntimeError(f"tailnet: {self.url} does not answer: {error or type(error).__name__}") from None
        if answer.status_code == httpx.codes.OK:
            return dict(answer.json())
        message = error_message(answer)
        if answer.status_code == httpx.codes.NOT_FOUND or "not found" in message:
            raise NotFoundError(f"tailnet: {self.url}: {message}")
        raise RuntimeError(f"tailnet: {self.url} refused: {message}")


class NotFoundError(RuntimeError):
    """The server does not have the requested object."""


def error_message(answer: httpx.Response) -> str:
    """One line with the error in an answer."""
    try:
        text = str(answer.json()["message"])
    except (json.JSONDecodeError, KeyError, TypeError):
        text = answer.text
    return f"{' '.join(text.split()) or 'no message'} ({answer.status_code})"
