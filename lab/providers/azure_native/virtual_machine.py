"""`azure-native.compute.VirtualMachine`: a machine. In the lab it is a host with its own kernel namespaces."""

import re
import uuid
from collections.abc import Iterator

from pulumi.provider.experimental.provider import CheckFailure

from lab.providers.azure_native.azure_type import AzureType, differing, remove
from lab.providers.azure_native.cloud import Cloud, CloudError, key, normal_location, now, reference, required, same_id
from lab.providers.azure_native.disk import KIND as DISKS
from lab.providers.azure_native.disk import user_of, volume_of
from lab.providers.azure_native.firewall import INTERFACES, MACHINES, Firewall
from lab.providers.azure_native.interface import machine_with, require_same_region
from lab.providers.azure_native.launch import (
    attached,
    await_agent,
    checked_size,
    computer_name,
    host_spec,
    shown_profile,
)
from lab.providers.azure_native.logins import custom_data_problem, login_problems, require_login
from lab.providers.azure_native.storage import storage_profile
from lab.providers.machines import Machines
from lab.providers.records import Records, of_type
from lab.providers.stand_in import FailedResourceError, Values

FOR_LIFE = (
    "availabilitySet",
    "networkProfile",
    "osProfile",
    "plan",
    "priority",
    "storageProfile.imageReference",
    "storageProfile.osDisk.createOption",
    "storageProfile.osDisk.name",
    "zones",
)
"""Inputs that Azure refuses to change. The published provider tries it, so an update fails."""


class VirtualMachine(AzureType):
    """A machine. Another size needs a restart. In the lab, its limits on memory and processors never change."""

    published_as = "azure-native:compute:VirtualMachine"
    kind = MACHINES
    named_by = "vmName"
    name_pattern = r"[A-Za-z0-9]([\w.-]{0,62}[\w])?"
    replaced_by = frozenset({"location"})

    def __init__(self, cloud: Cloud, firewall: Firewall, machines: Machines) -> None:
        super().__init__(cloud)
        self.firewall = firewall
        self.machines = machines

    def check(self, inputs: Values) -> Iterator[CheckFailure]:
        """Refuse logins that Azure refuses, as far as they are known."""
        yield from super().check(inputs)
        if isinstance(profile := inputs.get("osProfile"), dict):
            yield from (CheckFailure("osProfile", problem) for problem in login_problems(profile))
            if problem := custom_data_problem(profile):
                yield CheckFailure("osProfile.customData", problem)

    def build(self, records: Records, resource_id: str, inputs: Values, before: Values | None) -> Values:
        """Check all inputs of the machine, and build its record."""
        what = self.what(inputs)
        region = normal_location(inputs["location"])
        if before is not None:
            refuse_change(before["_inputs"], inputs, what)
        size = checked_size(inputs, region, what)
        require_login(inputs.get("osProfile") or {}, what)
        interface = checked_interface(records, resource_id, inputs, region, what)
        zones = inputs.get("zones") or []
        storage = storage_profile(records, resource_id, inputs, size, before)
        spot = (
            {"evictionPolicy": inputs.get("evictionPolicy", "Deallocate")} if inputs.get("priority") == "Spot" else {}
        )
        return {
            **({"zones": zones} if zones else {}),
            **({name: inputs[name] for name in ("priority", "billingProfile", "userData") if inputs.get(name)}),
            **spot,
            "hardwareProfile": {"vmSize": size.name},
            "networkProfile": inputs["networkProfile"],
            "osProfile": shown_profile(inputs["osProfile"]) | {"computerName": computer_name(inputs)},
            "provisioningState": before["provisioningState"] if before else "Creating",
            "storageProfile": storage,
            "timeCreated": before["timeCreated"] if before else now(),
            "vmId": before["vmId"] if before else str(uuid.uuid4()),
            "_host": before["_host"] if before else self._host_name(records, inputs),
            "_interface": interface["id"],
        }

    def after(self, resource_id: str, before: Values | None) -> Values:
        """Create the host, and wait until Azure's agent would report success. Or update an existing host.

        If the agent would report an error, the machine stays, because Azure had accepted it. Raises FailedResourceError
        then.
        """
        records = self.cloud.records()
        record = self.required(records, resource_id)
        if before is None:
            try:
                self.machines.create(host_spec(records, record))
            except Exception:
                self.discard(resource_id)
                raise
        else:
            self._exchange_disks(records, before, record)
            if record["hardwareProfile"] != before["hardwareProfile"] and self.machines.states().get(record["_host"]):
                self.machines.reboot(record["_host"])
        if before is None or before["provisioningState"] == "Failed":
            self._provision(resource_id, record)
        return super().after(resource_id, before)

    def _provision(self, resource_id: str, record: Values) -> None:
        error: CloudError | None = None
        try:
            await_agent(self.machines, record["_host"], f"virtualMachines {record['name']}")
        except CloudError as seen:
            error = seen
        with self.cloud.changing() as records:
            records[key(resource_id)]["provisioningState"] = "Failed" if error else "Succeeded"
        self.firewall.apply()
        if error:
            raise FailedResourceError(resource_id, super().after(resource_id, None), error)

    def delete(self, resource_id: str, state: Values) -> None:
        """Delete the host. Disks and the interface stay, except those with the deleteOption Delete."""
        record = self.cloud.record(resource_id)
        if record is None:
            return
        self.machines.delete(record["_host"])
        storage = record["storageProfile"]
        gone = [disk for disk in storage["dataDisks"] if disk.get("deleteOption") == "Delete"]
        for disk in gone:
            self.machines.delete_volume(volume_of(self.cloud.records(), reference(disk["managedDisk"])))
        with self.cloud.changing() as records:
            remove(records, resource_id)
            if storage["osDisk"]["deleteOption"] == "Delete":
                gone.append(storage["osDisk"])
            for disk in gone:
                remove(records, reference(disk["managedDisk"]))
            for interface in record["networkProfile"]["networkInterfaces"]:
                if interface.get("deleteOption") == "Delete":
                    remove(records, reference(interface))

    def discard(self, resource_id: str) -> None:
        """Delete a machine whose creation has failed, with its OS disk."""
        record = self.cloud.record(resource_id)
        if record is not None:
            self.machines.delete(record["_host"])
            with self.cloud.changing() as records:
                remove(records, resource_id)
                remove(records, reference(record["storageProfile"]["osDisk"]["managedDisk"]))

    def read(self, resource_id: str, state: Values) -> Values | None:
        """Its record. None if the host is gone."""
        record = self.cloud.record(resource_id)
        there = record is not None and record["_host"] in self.machines.states()
        return super().read(resource_id, state) if there else None

    def _host_name(self, records: Records, inputs: Values) -> str:
        """The host's name in the lab: the computer's name as a DNS label. If it is taken, with a number."""
        label = re.sub(r"[^a-z0-9]+", "-", computer_name(inputs).lower()).strip("-")[:58]
        taken = {machine["_host"] for machine in of_type(records, MACHINES)} | set(self.machines.states())
        numbered = (label, *(f"{label}-{number}" for number in range(2, 1000)))
        return next(name for name in numbered if name not in taken)

    def _exchange_disks(self, records: Records, before: Values, after: Values) -> None:
        """Detach unwanted disks from the host, then attach the others. Also repairs an earlier update that failed."""
        old = [attached(records, disk) for disk in before["storageProfile"]["dataDisks"]]
        new = [attached(records, disk) for disk in after["storageProfile"]["dataDisks"]]
        data_disks = of_type(records, DISKS, lambda disk: "_volume" in disk)
        unused = [disk["_volume"] for disk in data_disks if not user_of(records, disk["id"])]
        for volume in {volume.id for volume in old if volume not in new} | set(unused):
            self.machines.detach_volume(after["_host"], volume)
        for each in new:
            self.machines.attach_volume(after["_host"], each)


def refuse_change(before: Values, after: Values, what: str) -> None:
    """Raise CloudError for a change that Azure does not allow."""
    for path in differing({}, flat(before), flat(after)):
        kept = next((each for each in FOR_LIFE if path == each or path.startswith(f"{each}.")), None)
        if kept:
            raise CloudError(what, "PropertyChangeNotAllowed", f"Changing property '{path}' is not allowed.")


def flat(inputs: Values, path: str = "") -> Values:
    """Inputs by path, also nested ones."""
    found: Values = {}
    for name, value in inputs.items():
        found |= flat(value, f"{path}{name}.") if isinstance(value, dict) else {f"{path}{name}": value}
    return found


def checked_interface(records: Records, resource_id: str, inputs: Values, region: str, what: str) -> Values:
    """The machine's interface. In the lab it has exactly one. Raises CloudError."""
    given = (inputs.get("networkProfile") or {}).get("networkInterfaces") or []
    if len(given) != 1:
        raise CloudError(what, "NotInTheLab", "a machine of the lab has just one in networkProfile.networkInterfaces")
    interface = required(records, INTERFACES, reference(given[0]), what)
    require_same_region(interface, region, what)
    user = machine_with(records, interface["id"])
    if user and not same_id(user["id"], resource_id):
        message = f"network interface {interface['name']} is used by existing resource {user['id']}"
        raise CloudError(what, "NicInUse", message)
    return interface
