"""Removes what the lab's cloud has and no Pulumi state knows: what was being made when the engine was killed."""

from collections.abc import Collection

from lab.lab import Lab
from lab.providers.oci.cloud import Cloud, CloudError
from lab.providers.oci.machines import LabMachines, Machines
from lab.providers.oci.provider import FOLDER, core_types


def remove_unknown(lab: Lab, known: Collection[str], machines: Machines | None = None) -> list[str]:
    """End every resource whose id is not among the known ones; returns what was ended, for the reader.

    What a known resource still uses stays. Not for use while an engine runs.
    """
    cloud = Cloud(lab.root / FOLDER)
    removed = []
    for each in reversed(core_types(cloud, machines or LabMachines(lab))):
        for ocid, record in cloud.records().items():
            if record["_type"] != each.kind or ocid in known or "_default" in record:
                continue
            try:
                each.delete(ocid, record)
            except CloudError:
                continue
            removed.append(f"{each.kind} {record['displayName']}")
    return removed
