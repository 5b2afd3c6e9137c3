"""Reads the stack's settings once, and reports all errors at once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, Self

import pulumi
from pydantic import ValidationError

from components.datastore.settings import DatastoreSettings
from components.sdk import stack_config
from components.settings.apps import App
from components.settings.backup import Backup, Restore
from components.settings.cost import Cost
from components.settings.downloads import Downloads
from components.settings.edge import Edge
from components.settings.errors import Finding, SettingsError, unknown
from components.settings.findings import findings_of
from components.settings.host import HostPart
from components.settings.ingress import Ingress
from components.settings.k3s import K3s
from components.settings.kinds import adapters, kinds, with_clouds_and_overlay
from components.settings.rules.check import broken
from components.settings.rules.rule import Rule
from components.settings.storage import Storage
from components.settings.trust import Trust


@dataclass(frozen=True)
class Settings:
    """All settings of a stack. Every part has defaults, so a stack sets only the values that differ."""

    hosts: dict[str, HostPart]
    clouds: dict[str, Any]
    """Shared settings of the hosts of a cloud, by the cloud's name. The cloud's folder defines their type."""
    overlay: Any
    """Settings of the overlay. Its folder defines their type."""
    datastore: DatastoreSettings
    k3s: K3s
    downloads: Downloads
    trust: Trust
    ingress: Ingress
    edge: Edge
    storage: Storage
    apps: dict[str, App]
    backup: Backup | None
    restore: Restore | None
    cost: Cost

    @classmethod
    def load(cls) -> Self:
        """The settings of the running stack. Also checks the credentials of its providers.

        Raises SettingsError with all errors.
        """
        # Imported here: these modules import the settings of hosts.
        from components.credentials.check import missing_credentials
        from components.credentials.plain_text import StackConfig, plain_secrets

        own = f"{pulumi.get_project()}:"
        config = {key.removeprefix(own): value for key, value in stack_config().items()}
        values = {name: _parse(value) for name, value in config.items() if ":" not in name}
        encrypted = partial(plain_secrets, {**config, **values}, kinds(), StackConfig.load())
        return cls.check(values, f"Pulumi.{pulumi.get_stack()}.yaml", missing_credentials, encrypted)

    @classmethod
    def check(cls, values: Mapping[str, Any], file: str, *further: Rule) -> Self:
        """Settings from plain values by name, as in Pulumi.yaml. `file`: its name for errors. `further`: more rules.

        Raises SettingsError with all errors. Skips a rule if a part that it needs is invalid.
        """
        types, readers = kinds(), adapters()
        findings = [Finding(name, unknown(name, types)) for name in values if name not in types]
        parts: dict[str, Any] = {}
        for name, adapter in readers.items():
            try:
                parts[name] = adapter.validate_python(values.get(name, {}))
            except ValidationError as error:
                findings += findings_of(error, name, types[name])
        if "hosts" in parts:  # as the engine does, whatever the order in the file
            parts["hosts"] = dict(sorted(parts["hosts"].items()))
        parts = with_clouds_and_overlay(parts)
        findings += broken(parts, *further)
        if findings:
            raise SettingsError(file, findings)
        return cls(**{field.name: parts[field.name] for field in fields(cls)})


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
