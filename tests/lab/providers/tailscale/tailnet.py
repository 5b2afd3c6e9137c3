"""A Headscale server that lives in the test: its HTTP API as version 0.28 answers, found out from the real one."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from pulumi.provider.experimental import provider as sdk

from lab.providers.properties import plain_map, value_map
from lab.providers.tailscale.headscale import Headscale
from lab.providers.tailscale.provider import TailscaleProvider
from tests.lab.providers.calling import Caller

POLICY_FIELDS = {"acls", "autoApprovers", "groups", "hosts", "ssh", "tagOwners"}


@dataclass
class Tailnet:
    """Policy, keys and devices."""

    policy: str = ""
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    nodes: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        client = Headscale("https://tailnet.test", "an-api-key", httpx.MockTransport(self.answer))
        self.provider = TailscaleProvider(client)

    def caller(self, kind: str) -> Caller:
        """Calls for one type: `Acl`."""
        return Caller(self.provider, f"tailscale:index/{kind[0].lower()}{kind[1:]}:{kind}")

    def join(self, name: str, number: int, tags: tuple[str, ...] = ("tag:cluster",)) -> dict[str, Any]:
        """A device that has joined."""
        node = {
            "id": str(number),
            "machineKey": f"mkey:{number}",
            "nodeKey": f"nodekey:{number}",
            "ipAddresses": [f"100.64.0.{number}", f"fd7a:115c:a1e0::{number}"],
            "name": name,
            "givenName": name,
            "user": {"name": "tagged-devices"},
            "lastSeen": "2026-11-21T14:12:38Z",
            "expiry": None,
            "createdAt": "2026-11-21T14:12:36Z",
            "tags": list(tags),
        }
        self.nodes.append(node)
        return node

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What the server says."""
        assert request.headers["Authorization"] == "Bearer an-api-key"
        body = json.loads(request.content) if request.content else {}
        call = f"{request.method} {request.url.path.removeprefix('/api/v1/')}"
        self.calls.append(call)
        answers: dict[str, Callable[[], httpx.Response]] = {
            "GET policy": self.get_policy,
            "PUT policy": lambda: self.put_policy(body["policy"]),
            "POST preauthkey": lambda: self.create_key(body),
            "GET preauthkey": lambda: httpx.Response(200, json={"preAuthKeys": list(self.keys.values())}),
            "DELETE preauthkey": lambda: self.delete_key(request.url.params["id"]),
            "GET node": lambda: httpx.Response(200, json={"nodes": self.nodes}),
        }
        if call in answers:
            return answers[call]()
        return self.set_tags(call.split("/")[1], body["tags"])

    def get_policy(self) -> httpx.Response:
        """A policy that was never set is an error."""
        if not self.policy:
            return error(2, "loading ACL from database: acl policy not found")
        return httpx.Response(200, json={"policy": self.policy})

    def delete_key(self, key_id: str) -> httpx.Response:
        """A key that is gone already is no error."""
        self.keys.pop(key_id, None)
        return httpx.Response(200, json={})

    def put_policy(self, text: str) -> httpx.Response:
        """Headscale refuses fields that it does not know."""
        strangers = set(json.loads(text or "{}")) - POLICY_FIELDS
        if strangers:
            return error(2, f'setting policy: parsing policy: unknown field "{strangers.pop()}"')
        self.policy = text
        return httpx.Response(200, json={"policy": text})

    def create_key(self, body: dict[str, Any]) -> httpx.Response:
        """Only the first answer has the whole key."""
        number = str(len(self.keys) + 1)
        made = {"id": number, "used": False, "createdAt": "2026-11-21T14:00:00.356Z"} | body
        self.keys[number] = made | {"key": "hskey-auth-***"}
        return httpx.Response(200, json={"preAuthKey": made | {"key": f"hskey-auth-{number}-very-secret"}})

    def set_tags(self, node_id: str, tags: list[str]) -> httpx.Response:
        """Replace a device's tags."""
        for node in self.nodes:
            if node["id"] == node_id:
                node["tags"] = tags
                return httpx.Response(200, json={"node": node})
        return error(5, "node not found", 404)


def error(code: int, message: str, status: int = 500) -> httpx.Response:
    """An error as grpc-gateway writes it."""
    return httpx.Response(status, json={"code": code, "message": message, "details": []})


def invoke(tailnet: Tailnet, token: str, **arguments: object) -> dict[str, Any]:
    """What a function gives. Raises ValueError with its failures."""
    response = asyncio.run(tailnet.provider.invoke(sdk.InvokeRequest(token, value_map(arguments))))
    if response.failures:
        raise ValueError("\n".join(failure.reason for failure in response.failures))
    return plain_map(response.return_value or {})
