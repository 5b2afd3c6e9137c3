"""Creates the kind of datastore that the settings name."""

from collections.abc import Mapping

import pulumi

from components.datastore.kind import Datastore, DatastoreArgs
from components.datastore.registry import DATASTORES
from components.datastore.settings import DatastoreSettings
from components.hosts.host import Host, with_role


def create_datastore(name: str, args: DatastoreArgs, opts: pulumi.ResourceOptions | None = None) -> Datastore:
    """The datastore of the kind that the settings name."""
    return DATASTORES[args.settings.kind].create(name, args, opts)


def datastore_ports(settings: DatastoreSettings) -> tuple[int, ...]:
    """TCP ports of the datastore's members, for the overlay's policy."""
    return DATASTORES[settings.kind].ports


def left_data(settings: DatastoreSettings, hosts: Mapping[str, Host]) -> dict[str, str]:
    """What `pulumi destroy` leaves of the datastore, by host. A cloud deletes its machines with their data."""
    folder = DATASTORES[settings.kind].look.folder
    members = with_role(hosts, "database") if folder else {}
    return {name: f"folder {folder.left}" for name, host in members.items() if folder and host.machine is None}


def export_outputs(datastore: Datastore) -> None:
    """Exports stack outputs that only this kind of datastore has, for example which member is the writer."""
    for name, value in datastore.outputs.items():
        pulumi.export(name, value)
