"""Removes resources of the lab's Azure that no Pulumi state has: a killed engine was creating them."""

from collections.abc import Collection

from lab.lab import Lab
from lab.providers.azure_native.cloud import GROUP, WITH_PARENT, Cloud, CloudError, key, required
from lab.providers.azure_native.disk import MADE_FOR
from lab.providers.azure_native.firewall import INTERFACES, MACHINES, Firewall
from lab.providers.azure_native.interface import public_addresses
from lab.providers.azure_native.provider import FOLDER, azure_types
from lab.providers.azure_native.virtual_machine import VirtualMachine
from lab.providers.machines import LabMachines, Machines
from lab.providers.records import of_type
from lab.providers.stand_in import Values


def remove_unknown(
    lab: Lab, known: Collection[str], creating: Collection[str] = (), machines: Machines | None = None
) -> list[str]:
    """Delete every resource whose ID is not among the known ones. Returns descriptions of them for the user.

    Keeps resources that a known resource still uses, and those that were created with one. Deletes a disk only if the
    engine was creating it, by its URN: other disks hold data, and somebody has taken them out of the state on purpose.
    Do not use this while an engine runs.
    """
    cloud, room = Cloud(lab.root / FOLDER), machines or LabMachines(lab)
    known = {key(each) for each in known}
    removed = []
    for each in reversed(azure_types(cloud, room)):
        for place, record in cloud.records().items():
            if record["_type"] != each.kind or place in known or is_kept(cloud, record, creating):
                continue
            try:
                if isinstance(each, VirtualMachine):
                    each.discard(record["id"])
                else:
                    each.delete(record["id"], record)
            except CloudError:
                continue
            removed.append(f"{each.kind.rpartition('/')[2]} {record['name']}")
    put_in_force(cloud, room)
    return removed


def is_kept(cloud: Cloud, record: Values, creating: Collection[str]) -> bool:
    """Whether to keep it: it was created with another resource, is a disk with data, or a group that is not empty."""
    if record["_type"] == GROUP:
        return any(each.startswith(f"{key(record['id'])}/") for each in cloud.records())
    return WITH_PARENT in record or (MADE_FOR in record and record[MADE_FOR] not in creating)


def put_in_force(cloud: Cloud, machines: Machines) -> None:
    """Set the addresses and filters of all hosts from the records. After a kill they may differ."""
    records, hosts = cloud.records(), machines.states()
    wanted = {
        machine["_host"]: public_addresses(
            records, required(records, INTERFACES, machine["_interface"], machine["name"])
        )
        for machine in of_type(records, MACHINES, lambda one: one["_host"] in hosts)
    }
    for name in wanted:  # an address must leave one host before another host can get it
        machines.set_public_addresses(name, None, None)
    for name, addresses in wanted.items():
        machines.set_public_addresses(name, *addresses)
    Firewall(cloud, machines).apply()
