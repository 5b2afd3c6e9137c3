"""Reads the stack's configuration, once, and refuses it whole with every error at once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import pulumi
from pulumi.runtime.config import CONFIG
from pydantic import TypeAdapter, ValidationError

from components.settings.apps import App
from components.settings.azure import Azure
from components.settings.datastore import Datastore
from components.settings.downloads import Downloads
from components.settings.edge import Edge
from components.settings.errors import Finding, SettingsError, unknown
from components.settings.findings import findings_of
from components.settings.hosts import AnyHost, Host
from components.settings.ingress import Ingress
from components.settings.k3s import K3s
from components.settings.logins import Login
from components.settings.oracle import Oracle
from components.settings.part import DnsLabel, ResourceName
from components.settings.rules import Rule, broken
from components.settings.storage import Storage
from components.settings.tailnet import Tailnet
from components.settings.trust import Trust

KINDS: dict[str, Any] = {
    "hosts": dict[DnsLabel, AnyHost],
    "oracle": Oracle,
    "azure": Azure,
    "logins": dict[str, Login],
    "tailnet": Tailnet,
    "datastore": Datastore,
    "k3s": K3s,
    "downloads": Downloads,
    "trust": Trust,
    "ingress": Ingress,
    "edge": Edge,
    "storage": Storage,
    "apps": dict[ResourceName, App],
}
PARTS: dict[str, TypeAdapter[Any]] = {name: TypeAdapter(kind) for name, kind in KINDS.items()}


@dataclass(frozen=True)
class Settings:
    """All settings of a stack. Each part has its defaults, so that a stack names only what it wants otherwise."""

    hosts: dict[str, Host]
    oracle: Oracle
    azure: Azure
    logins: dict[str, Login]
    tailnet: Tailnet
    datastore: Datastore
    k3s: K3s
    downloads: Downloads
    trust: Trust
    ingress: Ingress
    edge: Edge
    storage: Storage
    apps: dict[str, App]

    @classmethod
    def load(cls) -> Self:
        """The settings of the stack that Pulumi is running. What its providers log in with has to be there, too.

        Raises SettingsError, with all that is wrong.
        """
        from components.credentials import missing_credentials  # which knows hosts by their settings

        config = pulumi.Config()
        names = (key.split(":", 1) for key in CONFIG.get())
        values = {name: _parse(config.require(name)) for project, name in names if project == config.name}
        return cls.check(values, f"Pulumi.{pulumi.get_stack()}.yaml", missing_credentials)

    @classmethod
    def check(cls, values: Mapping[str, Any], file: str, *further: Rule) -> Self:
        """Settings from plain values by the names in Pulumi.yaml. `file` is named in errors, `further` are more rules.

        Raises SettingsError, with all that is wrong. A rule is left out when a part that it needs is unreadable.
        """
        findings = [Finding(name, unknown(name, PARTS)) for name in values if name not in PARTS]
        parts = {}
        for name, adapter in PARTS.items():
            try:
                parts[name] = adapter.validate_python(values.get(name, {}))
            except ValidationError as error:
                findings += findings_of(error, name, KINDS[name])
        if "hosts" in parts:  # as the engine hands maps over, whatever their order in the file
            parts["hosts"] = dict(sorted(parts["hosts"].items()))
        findings += broken(parts, *further)
        if findings:
            raise SettingsError(file, findings)
        return cls(**parts)


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
