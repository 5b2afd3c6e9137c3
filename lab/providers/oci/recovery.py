"""Removes what the lab's cloud has and no Pulumi state knows: what was being made when the engine was killed."""

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
    """End every resource whose id is not among the known ones; returns what was ended, for the reader.

    What a known resource still uses stays. Volumes go only if the engine was creating them, by its URNs: others were
    taken out of a state on purpose, and hold data. Not for use while an engine runs.
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
    """Whether it is a volume that somebody may want again."""
    return "_made_for" in record and record["_made_for"] not in creating


def put_in_force(lab: Lab, machines: Machines | None = None) -> None:
    """Give all hosts the addresses and filters of the records: a kill may have come between the two."""
    cloud, machines = Cloud(lab.root / FOLDER), machines or LabMachines(lab)
    records, hosts = cloud.records(), machines.states()
    instances = [each for each in of_type(records, "instance") if each["_host"] in hosts]
    for wanted in (False, True):  # an address has to be taken from one host before another can have it
        for instance in instances:
            address = public_address_of(records, instance)
            if bool(address) is wanted:
                machines.set_public_addresses(instance["_host"], address or None, None)
    Firewall(cloud, machines).apply()
