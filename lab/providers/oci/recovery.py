"""Removes resources of the lab's cloud that no Pulumi state has: a killed engine was creating them."""

from collections.abc import Collection

from lab.lab import Lab
from lab.providers.machines import LabMachines, Machines
from lab.providers.oci.cloud import Cloud, CloudError, of_type
from lab.providers.oci.firewall import Firewall
from lab.providers.oci.provider import FOLDER, core_types
from lab.providers.oci.vnic import public_address_of
from lab.providers.stand_in import Values


def remove_unknown(
    lab: Lab, known: Collection[str], creating: Collection[str] = (), machines: Machines | None = None
) -> list[str]:
    """Delete every resource whose ID is not among the known ones. Returns descriptions of them for the user.

    Keeps resources that a known resource still uses. Deletes a volume only if the engine was creating it, by its URN:
    other volumes hold data, and somebody has taken them out of the state on purpose. Do not use this while an engine
    runs.
    """
    cloud = Cloud(lab.root / FOLDER)
    room = machines or LabMachines(lab)
    removed = []
    for each in reversed(core_types(cloud, room)):
        for ocid, record in cloud.records().items():
            if record["_type"] != each.kind or ocid in known or "_default" in record or is_kept(record, creating):
                continue
            try:
                each.delete(ocid, record)
            except CloudError:
                continue
            removed.append(f"{each.kind} {record.get('displayName') or record.get('description', '')}".rstrip())
    return removed


def is_kept(record: Values, creating: Collection[str]) -> bool:
    """Whether it is a volume whose data somebody may need again."""
    return "_made_for" in record and record["_made_for"] not in creating


def put_in_force(lab: Lab, machines: Machines | None = None) -> None:
    """Set the addresses and filters of all hosts from the records. After a kill they may differ."""
    cloud, machines = Cloud(lab.root / FOLDER), machines or LabMachines(lab)
    records, hosts = cloud.records(), machines.states()
    instances = [each for each in of_type(records, "instance") if each["_host"] in hosts]
    for wanted in (False, True):  # an address must leave one host before another host can get it
        for instance in instances:
            address = public_address_of(records, instance)
            if bool(address) is wanted:
                machines.set_public_addresses(instance["_host"], address or None, None)
    Firewall(cloud, machines).apply()
