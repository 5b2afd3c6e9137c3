"""Terminates a machine as its owner does in the cloud's console. Pulumi's state does not learn of it."""

from lab.lab import Lab
from lab.providers.azure_native.cloud import Cloud as Azure
from lab.providers.azure_native.firewall import MACHINES
from lab.providers.azure_native.provider import FOLDER as AZURE_FOLDER
from lab.providers.azure_native.provider import azure_types
from lab.providers.machines import LabMachines
from lab.providers.oci.cloud import Cloud as Oracle
from lab.providers.oci.provider import FOLDER as ORACLE_FOLDER
from lab.providers.oci.provider import core_types


def terminate(lab: Lab, host: str) -> None:
    """Delete that host's machine, with its disk, at once. Raises LookupError if no cloud has it."""
    room = LabMachines(lab)
    oracle, azure = Oracle(lab.root / ORACLE_FOLDER), Azure(lab.root / AZURE_FOLDER)
    for kinds, records, kind in (
        (core_types(oracle, room), oracle.records(), "instance"),
        (azure_types(azure, room), azure.records(), MACHINES),
    ):
        for place, record in records.items():
            if record["_type"] == kind and record["_host"] == host:
                next(one for one in kinds if one.kind == kind).delete(record.get("id", place), record)
                return
    raise LookupError(f"no cloud of lab {lab.name} has a machine {host}")
