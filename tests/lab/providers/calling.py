"""Calls a stand-in's provider as its server does, without a server: plain values in, plain values and secrets out."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.provider.experimental import provider as sdk
from pulumi.provider.experimental.property_value import PropertyValue

from lab.providers.properties import plain_map, value_map
from lab.providers.server import CURRENT_URN


@dataclass(frozen=True)
class Made:
    """A resource as the engine has it in its state."""

    resource_id: str
    properties: dict[str, PropertyValue]

    @property
    def outputs(self) -> dict[str, Any]:
        """Its outputs without their marks."""
        return plain_map(self.properties)

    @property
    def secrets(self) -> set[str]:
        """Names of the outputs that are secret, wholly or in part."""
        return {name for name, value in self.properties.items() if value.contains_secret()}


@dataclass(frozen=True)
class Caller:
    """Calls for one resource type. Inputs are plain values, or property values where they are to be secret."""

    provider: sdk.Provider
    token: str
    name: str = "it"

    @property
    def urn(self) -> str:
        """The resource's URN."""
        return f"urn:pulumi:stack::project::{self.token}::{self.name}"

    def check(self, **inputs: Any) -> dict[str, PropertyValue]:
        """Checked inputs; raises ValueError with all failures, each as "property: reason"."""
        given = {name: value for name, value in value_map(inputs).items() if value.value is not None}
        response = asyncio.run(self.provider.check(sdk.CheckRequest(self.urn, {}, given, b"")))
        if response.failures:
            raise ValueError("\n".join(f"{failure.property}: {failure.reason}" for failure in response.failures))
        return response.inputs or {}

    def create(self, *, preview: bool = False, **inputs: Any) -> Made:
        """Checks and creates."""
        request = sdk.CreateRequest(self.urn, self.check(**inputs), 0, preview)
        CURRENT_URN.set(self.urn)
        response = asyncio.run(self.provider.create(request))
        return Made(response.resource_id or "", response.properties)

    def diff(self, state: Made, **inputs: Any) -> sdk.DiffResponse:
        """Checks and compares."""
        request = sdk.DiffRequest(self.urn, state.resource_id, state.properties, self.check(**inputs), [])
        return asyncio.run(self.provider.diff(request))

    def update(self, state: Made, *, preview: bool = False, **inputs: Any) -> Made:
        """Checks and updates."""
        request = sdk.UpdateRequest(self.urn, state.resource_id, state.properties, self.check(**inputs), 0, [], preview)
        return Made(state.resource_id, asyncio.run(self.provider.update(request)).properties)

    def delete(self, state: Made) -> None:
        """Deletes."""
        asyncio.run(self.provider.delete(sdk.DeleteRequest(self.urn, state.resource_id, state.properties, 0)))

    def read(self, state: Made, inputs: Mapping[str, PropertyValue]) -> sdk.ReadResponse:
        """Reads."""
        request = sdk.ReadRequest(self.urn, state.resource_id, state.properties, dict(inputs))
        return asyncio.run(self.provider.read(request))
