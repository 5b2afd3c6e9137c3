"""`oci.core.VolumeAttachment`: attaches a volume to an instance, as a block device with a persistent path."""

import re
from collections.abc import Iterator

from pulumi.provider.experimental.provider import CheckFailure

from lab.hosts import AttachedVolume
from lab.providers.machines import Machines
from lab.providers.oci.cloud import Cloud, CloudError, Records, now, of_type, outputs_of, required
from lab.providers.oci.core_type import CoreType, named
from lab.providers.stand_in import Values

DEVICE = re.compile(r"/dev/oracleoci/oraclevd([b-z]|a[a-g])")
"""Oracle's persistent device paths. The first one is for the boot volume."""
TYPES = ("emulated", "iscsi", "paravirtualized")
FLAGS = ("isMultipath", "isPvEncryptionInTransitEnabled", "isReadOnly", "isShareable", "useChap")
ONLY_ISCSI = ("chapSecret", "chapUsername", "ipv4", "ipv6", "iqn", "iscsiLoginState")


class VolumeAttachment(CoreType):
    """A volume attached to an instance. Any change needs a new attachment."""

    published_as = "oci:Core/volumeAttachment:VolumeAttachment"
    kind = "volumeattachment"

    def __init__(self, cloud: Cloud, machines: Machines) -> None:
        super().__init__(cloud)
        self.machines = machines

    def check(self, inputs: Values) -> Iterator[CheckFailure]:
        """Refuse what Oracle refuses, and what the lab does not support."""
        yield from super().check(inputs)
        kind, device = inputs["attachmentType"], inputs.get("device")
        if isinstance(kind, str) and kind.lower() not in TYPES:
            yield CheckFailure("attachmentType", f"attachmentType is {', '.join(TYPES)}, not {kind}")
        elif isinstance(kind, str) and kind.lower() != "paravirtualized":
            yield CheckFailure("attachmentType", f"the lab attaches paravirtualized volumes only, none by {kind}")
        if isinstance(device, str) and not DEVICE.fullmatch(device):
            yield CheckFailure("device", f"{device} is none of /dev/oracleoci/oraclevdb to oraclevdag")
        for name in ("isReadOnly", "isShareable"):
            if inputs.get(name) is True:
                yield CheckFailure(name, f"{name}: the lab's volumes are for one instance, to read and write")

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Attach it. When this returns, the instance has the device, even if the instance is stopped."""
        ocid = self.cloud.new_id(self.kind)
        what = f"volume attachment {named(inputs, ocid)}"
        with self.cloud.changing() as records:
            instance = required(records, "instance", inputs["instanceId"], what)
            volume = required(records, "volume", inputs["volumeId"], what)
            require_possible(records, inputs, instance, volume, what)
            record = {
                **dict.fromkeys(ONLY_ISCSI, ""),
                **dict.fromkeys(FLAGS, False),
                "device": "",
                "encryptionInTransitType": "NONE",
                "isAgentAutoIscsiLoginEnabled": False,
                "isEncryptionInTransitEnabled": False,
                "isVolumeCreatedDuringLaunch": False,
                "multipathDevices": [],
                "port": 0,
                "compartmentId": instance["compartmentId"],
                **inputs,
                "availabilityDomain": instance["availabilityDomain"],
                "displayName": named(inputs, ocid),
                "state": "ATTACHED",
                "timeCreated": now(),
                "_type": self.kind,
                "_host": instance["_host"],
                "_paths": paths(records, inputs),
            }
            records[ocid] = record
        try:
            self.machines.attach_volume(record["_host"], AttachedVolume(record["volumeId"], tuple(record["_paths"])))
        except Exception:
            with self.cloud.changing() as records:
                records.pop(ocid, None)
            raise
        return ocid, outputs_of(record)

    def delete(self, resource_id: str, state: Values) -> None:
        """Detach it. Its data stays."""
        record = self.cloud.record(resource_id)
        if record is None:
            return
        self.machines.detach_volume(record["_host"], record["volumeId"])
        with self.cloud.changing() as records:
            records.pop(resource_id, None)


def require_possible(records: Records, inputs: Values, instance: Values, volume: Values, what: str) -> None:
    """Raise CloudError if the volume is in another domain or attached already, or if the path is taken."""
    if instance["availabilityDomain"] != volume["availabilityDomain"]:
        raise CloudError(
            f"{what}: 400-InvalidParameter: the volume is in {volume['availabilityDomain']},"
            f" the instance in {instance['availabilityDomain']}"
        )
    for other in of_type(records, "volumeattachment"):
        if other["volumeId"] == inputs["volumeId"]:
            raise CloudError(f"{what}: 409-Conflict: volume {volume['displayName']} is attached already")
        if other["instanceId"] == inputs["instanceId"] and inputs.get("device") == other["device"] != "":
            raise CloudError(f"{what}: 409-Conflict: {other['device']} is taken in {instance['displayName']}")


def paths(records: Records, inputs: Values) -> list[str]:
    """The volume's device paths in the instance: the persistent path, if wanted, and the system's next free path."""
    others = of_type(records, "volumeattachment", lambda one: bool(one["instanceId"] == inputs["instanceId"]))
    taken = {path for one in others for path in one["_paths"]}
    system = next(path for letter in "bcdefghijklmnopqrstuvwxyz" if (path := f"/dev/sd{letter}") not in taken)
    return [*([inputs["device"]] if inputs.get("device") else []), system]
