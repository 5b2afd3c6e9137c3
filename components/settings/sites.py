"""Host names for visitors, of apps and of the object store, each with its settings key."""

from collections.abc import Iterator, Mapping

from components.settings.apps import App
from components.settings.edge import Edge
from components.settings.errors import path
from components.settings.host import HostPart
from components.settings.storage import Storage


def site_names(
    hosts: Mapping[str, HostPart], apps: Mapping[str, App], edge: Edge, storage: Storage
) -> Iterator[tuple[str, str]]:
    """Pairs of key and full host name, the object store's first. A name may occur twice; a rule refuses that."""
    if edge.domain and any("storage" in host.roles for host in hosts.values()):
        for key, label in (("host_name", storage.host_name), ("console_host_name", storage.console_host_name)):
            if label:
                yield f"storage.{key}", f"{label}.{edge.domain}"
    for name, app in apps.items():
        yield path("apps", name, "host"), app.host
