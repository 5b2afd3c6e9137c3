"""The parts of a stack's settings, with name and type."""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from components.clouds import registry
from components.datastore.registry import any_datastore
from components.overlay.registry import KIND
from components.settings.apps import App
from components.settings.backup import OptionalBackup, OptionalRestore
from components.settings.cost import Cost
from components.settings.downloads import Downloads
from components.settings.edge import Edge
from components.settings.ingress import Ingress
from components.settings.k3s import K3s
from components.settings.part import AppName, DnsLabel
from components.settings.storage import Storage
from components.settings.trust import Trust


def kinds() -> dict[str, Any]:
    """Types by name: first hosts and clouds, then the parts that every stack has."""
    host: Any = reduce(or_, (cloud.host for cloud in registry.CLOUDS))
    return {
        "hosts": dict[DnsLabel, Annotated[host, Field(discriminator="cloud")]],
        **{cloud.key: cloud.shared for cloud in registry.CLOUDS},
        KIND.key: KIND.settings,
        "datastore": any_datastore(),
        "k3s": K3s,
        "downloads": Downloads,
        "trust": Trust,
        "ingress": Ingress,
        "edge": Edge,
        "storage": Storage,
        "apps": dict[AppName, App],
        "backup": OptionalBackup,
        "restore": OptionalRestore,
        "cost": Cost,
    }


def adapters() -> dict[str, TypeAdapter[Any]]:
    """Readers and validators of the parts, by name."""
    return {name: TypeAdapter(kind) for name, kind in kinds().items()}


def with_clouds_and_overlay(parts: Mapping[str, Any]) -> dict[str, Any]:
    """The parts, with `clouds` (shared settings by the cloud's name) and `overlay`. Leaves out what is invalid."""
    shared = {cloud.name: parts[cloud.key] for cloud in registry.CLOUDS if cloud.key in parts}
    clouds = {"clouds": shared} if len(shared) == len(registry.CLOUDS) else {}
    overlay = {"overlay": parts[KIND.key]} if KIND.key in parts else {}
    return {**parts, **clouds, **overlay}
