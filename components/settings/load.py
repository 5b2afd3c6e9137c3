"""Reads the stack's configuration, once, and refuses it whole with every error at once."""

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import pulumi
from pulumi.runtime.config import CONFIG
from pydantic import TypeAdapter, ValidationError

from components.settings.datastore import Datastore
from components.settings.downloads import Downloads
from components.settings.errors import Finding, SettingsError, findings_of, unknown
from components.settings.hosts import OracleHost
from components.settings.k3s import K3s
from components.settings.oracle import Oracle
from components.settings.part import DnsLabel
from components.settings.rules import RULES
from components.settings.tailnet import Tailnet
from components.settings.trust import Trust

PARTS: dict[str, TypeAdapter[Any]] = {
    "hosts": TypeAdapter(dict[DnsLabel, OracleHost]),
    "oracle": TypeAdapter(Oracle),
    "tailnet": TypeAdapter(Tailnet),
    "datastore": TypeAdapter(Datastore),
    "k3s": TypeAdapter(K3s),
    "downloads": TypeAdapter(Downloads),
    "trust": TypeAdapter(Trust),
}


@dataclass(frozen=True)
class Settings:
    """All settings of a stack. Each part has its defaults, so that a stack names only what it wants otherwise."""

    hosts: dict[str, OracleHost]
    oracle: Oracle
    tailnet: Tailnet
    datastore: Datastore
    k3s: K3s
    downloads: Downloads
    trust: Trust

    @classmethod
    def load(cls) -> Self:
        """The settings of the stack that Pulumi is running.

        Raises SettingsError, with all that is wrong.
        """
        config = pulumi.Config()
        names = (key.split(":", 1) for key in CONFIG.get())
        values = {name: config.require(name) for project, name in names if project == config.name}
        return cls.check({name: _parse(value) for name, value in values.items()}, f"Pulumi.{pulumi.get_stack()}.yaml")

    @classmethod
    def check(cls, values: Mapping[str, Any], file: str) -> Self:
        """Settings from plain values by the names in Pulumi.yaml. `file` is named in errors.

        Raises SettingsError, with all that is wrong. A rule is left out when a part that it needs is unreadable.
        """
        findings = [Finding(name, unknown(name, PARTS)) for name in values if name not in PARTS]
        parts = {}
        for name, adapter in PARTS.items():
            try:
                parts[name] = adapter.validate_python(values.get(name, {}))
            except ValidationError as error:
                findings += findings_of(error, name)
        for rule in RULES:
            needed = inspect.signature(rule).parameters
            if needed.keys() <= parts.keys():
                findings += rule(**{name: parts[name] for name in needed})
        if findings:
            raise SettingsError(file, findings)
        return cls(**parts)


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
