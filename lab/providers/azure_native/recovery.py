"""Removes what the lab's Azure has and no Pulumi state knows: what was being made when the engine was killed."""

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
    """End every resource whose id is not among the known ones; returns what was ended, for the reader.

    What a known resource still uses stays, and what came with one. Disks go only if the engine was creating them, by
    its URNs: others were taken out of a state on purpose, and hold data. Not for use while an engine runs.
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
    """Whether it came with another resource, is a disk that somebody may want again, or a group that is not empty."""
    if record["_type"] == GROUP:
        return any(each.startswith(f"{key(record['id'])}/") for each in cloud.records())
    return WITH_PARENT in record or (MADE_FOR in record and record[MADE_FOR] not in creating)


def put_in_force(cloud: Cloud, machines: Machines) -> None:
    """Give all hosts the addresses and filters of the records: a kill may have come between the two."""
    records, hosts = cloud.records(), machines.states()
    wanted = {
        machine["_host"]: public_addresses(
            records, required(records, INTERFACES, machine["_interface"], machine["name"])
        )
        for machine in of_type(records, MACHINES, lambda one: one["_host"] in hosts)
    }
    for name in wanted:  # an address has to be taken from one host before another can have it
        machines.set_public_addresses(name, None, None)
    for name, addresses in wanted.items():
        machines.set_public_addresses(name, *addresses)
    Firewall(cloud, machines).apply()
