"""Creates the object store, if a host has the role `storage`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi

from components.cluster.k3s import K3s
from components.hosts.host import Host
from components.settings.storage import Storage as Settings

if TYPE_CHECKING:
    from components.ingress.route import Entry
    from components.storage.storage import Storage


def kept_data(hosts: Mapping[str, Host], settings: Settings, of_datastore: Mapping[str, str]) -> dict[str, list[str]]:
    """Data that `pulumi destroy` keeps, by host: volumes, folders and buckets. `of_datastore`: its own, by host."""
    buckets = [f"bucket {name}" for name in settings.buckets]
    kept = {
        name: [
            *host.kept,
            *([of_datastore[name]] if name in of_datastore else ()),
            *(buckets if host.kept and "storage" in host.roles else ()),
        ]
        for name, host in hosts.items()
    }
    return {name: data for name, data in kept.items() if data}


def create_storage(
    name: str,
    settings: Settings,
    hosts: Mapping[str, Host],
    cluster: K3s,
    entry: "Entry | None",
    *,
    namespaces: Mapping[str, pulumi.Resource],
) -> "Storage | None":
    """The store, on the one host of `hosts`; None without a host. `namespaces`: from `create_namespaces`."""
    # Imported here: the SDK loads slowly.
    for host in hosts.values():
        from components.storage.storage import Storage, StorageArgs

        return Storage(name, StorageArgs(settings, host, cluster, entry, namespaces))
    return None
