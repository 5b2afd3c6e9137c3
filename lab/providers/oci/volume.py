"""`oci.core.Volume`: a block volume. In the lab it is a file that a host sees as a block device."""

from collections.abc import Iterator
from typing import Any

from pulumi.provider.experimental.provider import CheckFailure

from lab.providers.machines import Machines
from lab.providers.oci.cloud import Cloud, CloudError, now, of_type, outputs_of, required
from lab.providers.oci.conditions import Conditions
from lab.providers.oci.core_type import CoreType, named, refuse_used
from lab.providers.server import CURRENT_URN
from lab.providers.stand_in import Values

GIB = 1024**3
SMALLEST_GB, LARGEST_GB, USUAL_GB = 50, 32768, 1024
NOT_IN_THE_LAB = ("blockVolumeReplicas", "sourceDetails", "volumeBackupId")


class Volume(CoreType):
    """A volume. It can grow in place, but never shrink."""

    published_as = "oci:Core/volume:Volume"
    kind = "volume"

    def __init__(self, cloud: Cloud, machines: Machines) -> None:
        super().__init__(cloud)
        self.machines = machines

    def check(self, inputs: Values) -> Iterator[CheckFailure]:
        """Refuse sizes that Oracle refuses, and copies of backups or other volumes, which the lab does not support."""
        yield from super().check(inputs)
        yield from wrong_size("sizeInGbs", inputs.get("sizeInGbs"))
        for name in NOT_IN_THE_LAB:
            if inputs.get(name):
                yield CheckFailure(name, f"{name}: the lab has empty volumes only")
        if "sizeInMbs" in inputs:
            yield CheckFailure("sizeInMbs", "is deprecated: give sizeInGbs")

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Create an empty volume."""
        ocid = self.cloud.new_id(self.kind)
        size_gb = int(inputs.get("sizeInGbs", USUAL_GB))
        record = {
            **dict.fromkeys(("backupPolicyId", "clusterPlacementGroupId", "kmsKeyId", "volumeGroupId"), ""),
            **dict.fromkeys(("volumeBackupId", "xrcKmsKeyId"), ""),
            **dict.fromkeys(("isAutoTuneEnabled", "isReservationsEnabled", "blockVolumeReplicasDeletion"), False),
            "autoTunedVpusPerGb": "",
            "autotunePolicies": [],
            "blockVolumeReplicas": [],
            "definedTags": {},
            "freeformTags": {},
            "isHydrated": True,
            "sourceDetails": None,
            "systemTags": {},
            "vpusPerGb": "10",
            **inputs,
            "displayName": named(inputs, ocid),
            "sizeInGbs": str(size_gb),
            "sizeInMbs": str(size_gb * 1024),
            "state": "AVAILABLE",
            "timeCreated": now(),
            "_type": self.kind,
            "_made_for": CURRENT_URN.get(),
        }
        with self.cloud.changing() as records:
            Conditions(self.cloud).require_within_limits(records, record, f"volume {record['displayName']}")
            records[ocid] = record
        try:
            self.machines.create_volume(ocid, size_gb * GIB)
        except Exception:
            with self.cloud.changing() as records:
                records.pop(ocid, None)
            raise
        return ocid, outputs_of(record)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Change names, tags and speed, or make it larger. Its file system does not grow by itself."""
        with self.cloud.changing() as records:
            before = required(records, self.kind, resource_id, f"volume {resource_id}")
            size_gb, was_gb = int(inputs.get("sizeInGbs") or before["sizeInGbs"]), int(before["sizeInGbs"])
            what = f"volume {before['displayName']}"
            if size_gb < was_gb:
                raise CloudError(f"{what}: 400-InvalidParameter: a volume of {was_gb} GB can't become smaller")
            record = before | inputs | {"sizeInGbs": str(size_gb), "sizeInMbs": str(size_gb * 1024)}
            if size_gb > was_gb:
                grown = record | {"sizeInGbs": str(size_gb - was_gb)}
                Conditions(self.cloud).require_within_limits(records, grown, what)
            records[resource_id] = record
        if size_gb > was_gb:
            self.machines.grow_volume(resource_id, size_gb * GIB)
        return outputs_of(record)

    def delete(self, resource_id: str, state: Values) -> None:
        """Delete it with its data. Refused while it is attached."""
        with self.cloud.changing() as records:
            users = of_type(records, "volumeattachment", lambda one: bool(one["volumeId"] == resource_id))
            refuse_used(f"volume {state.get('displayName', resource_id)}", users)
        self.machines.delete_volume(resource_id)
        with self.cloud.changing() as records:
            records.pop(resource_id, None)


def wrong_size(name: str, size: Any) -> Iterator[CheckFailure]:
    """The problem of a volume's size, which is a number as text. A missing or unknown size is correct."""
    if not isinstance(size, str):
        return
    if not size.isdecimal() or not SMALLEST_GB <= int(size) <= LARGEST_GB:
        yield CheckFailure(name, f"{name} is {SMALLEST_GB} to {LARGEST_GB} GB, not {size}")
