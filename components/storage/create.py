"""Makes the object store, if there is a host for it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi

from components.cluster.k3s import K3s
from components.hosts.host import Host
from components.settings.storage import Storage as Settings

if TYPE_CHECKING:
    from components.ingress.route import Door
    from components.storage.storage import Storage


def kept(hosts: Mapping[str, Host], settings: Settings) -> dict[str, list[str]]:
    """What `pulumi destroy` leaves, by host: volumes and folders, and the settings' buckets where their data is."""
    buckets = [f"bucket {name}" for name in settings.buckets]
    return {
        name: [*host.kept, *(buckets if "storage" in host.roles else ())] for name, host in hosts.items() if host.kept
    }


def create_storage(
    name: str,
    settings: Settings,
    hosts: Mapping[str, Host],
    cluster: K3s,
    door: "Door | None",
    *,
    namespaces: Mapping[str, pulumi.Resource],
) -> "Storage | None":
    """The store, on the one host of `hosts`; None without a host. `namespaces`: those that `create_namespaces` made."""
    # Here, for the SDK takes its time to load.
    for host in hosts.values():
        from components.storage.storage import Storage, StorageArgs

        return Storage(name, StorageArgs(settings, host, cluster, door, namespaces))
    return None
