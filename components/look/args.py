"""What the look needs of the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.datastore.settings import DatastoreSettings
from components.settings.backup import Backup
from components.settings.host import HostPart
from components.settings.k3s import K3s


@dataclass(frozen=True)
class LookArgs:
    """The hosts, and what must be true on them."""

    hosts: Mapping[str, HostPart]
    clouds: Mapping[str, Any]
    """Shared settings of the hosts of a cloud, by the cloud's name: logins of existing machines."""
    k3s: K3s
    overlay: Any
    """Settings of the overlay."""
    datastore: DatastoreSettings
    backup: Backup | None = None
    restores: bool = False
    """Whether the datastore is filled from a backup."""
