"""`oci.core.Instance`: a machine. In the lab it is a host with its own kernel namespaces."""

import re
from collections.abc import Iterator

from pulumi.provider.experimental.provider import CheckFailure

from lab.providers.machines import Machines
from lab.providers.oci.addresses import free_public_address
from lab.providers.oci.cloud import Cloud, CloudError, Records, outputs_of, required
from lab.providers.oci.conditions import Conditions
from lab.providers.oci.core_type import CoreType
from lab.providers.oci.firewall import Firewall
from lab.providers.oci.images import require_fit
from lab.providers.oci.ipv6 import new_ipv6, wrong_ipv6
from lab.providers.oci.launch import (
    host_spec,
    metadata_problems,
    new_record,
    require_groups,
    shape_config,
    wants_public_address,
)
from lab.providers.oci.network_security_group import MOST_GROUPS
from lab.providers.oci.public_ip import unassigned
from lab.providers.oci.shapes import size_of
from lab.providers.oci.vnic import public_address_of
from lab.providers.oci.volume import wrong_size
from lab.providers.properties import has_unknown
from lab.providers.stand_in import Values

IMAGE = re.compile(r"ocid1\.image\.oc1\..+")
DOMAIN = re.compile(r"\w+:[A-Z0-9-]+-AD-[1-3]")
FAULT_DOMAINS = ("FAULT-DOMAIN-1", "FAULT-DOMAIN-2", "FAULT-DOMAIN-3")
KEYS_FOR_LIFE = ("ssh_authorized_keys", "user_data")
"""Metadata that can't change: another value needs a new instance."""


class Instance(CoreType):
    """A machine. Another shape needs a reboot. Another image gives it a new disk. In the lab, its limits on memory and
    processors never change. A machine with an ARM shape has this computer's architecture, like all others."""

    published_as = "oci:Core/instance:Instance"
    kind = "instance"
    changed_in_place = frozenset(
        {"async", "preserveBootVolume", "preserveDataVolumesCreatedAtLaunch", "updateOperationConstraint"}
    )
    unordered = frozenset({"createVnicDetails.nsgIds"})

    def __init__(self, cloud: Cloud, firewall: Firewall, machines: Machines) -> None:
        super().__init__(cloud)
        self.firewall = firewall
        self.machines = machines

    def check(self, inputs: Values) -> Iterator[CheckFailure]:
        """Refuse what Oracle refuses, and what the lab does not support."""
        yield from super().check(inputs)
        yield from wrong_place(inputs)
        if not has_unknown([inputs.get("shape"), inputs.get("shapeConfig", {})]):
            try:
                size_of(inputs.get("shape"), inputs.get("shapeConfig", {}))
            except ValueError as error:
                yield CheckFailure("shape", str(error))
        if isinstance(metadata := inputs.get("metadata", {}), dict):
            for problem in metadata_problems(metadata):
                yield CheckFailure("metadata", problem)

    def changes(self, state: Values, inputs: Values) -> dict[str, bool]:
        """Like the published provider: user data and SSH keys need a new instance, other metadata can change."""
        found = super().changes(state, inputs)
        if "metadata" in found:
            before, after = state.get("metadata") or {}, inputs["metadata"]
            for_life = not isinstance(after, dict) or any(before.get(key) != after.get(key) for key in KEYS_FOR_LIFE)
            found["metadata"] = for_life
        return found

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Create the host. Returns when its init runs: Oracle reports RUNNING then."""
        ocid = self.cloud.new_id(self.kind)
        with self.cloud.changing() as records:
            record = new_record(records, ocid, inputs, self.cloud.region)
            what, conditions = f"instance {record['displayName']}", Conditions(self.cloud)
            conditions.require_within_limits(records, record, what)
            conditions.require_room(record["availabilityDomain"], record["faultDomain"], what)
            if (address := new_ipv6(records, record, what)) is not None:
                records[self.cloud.new_id("ipv6")] = address
            records[ocid] = record
        try:
            self.machines.create(host_spec(records, ocid))
        except Exception:
            self.machines.delete(record["_host"])
            self._forget(ocid)
            raise
        with self.cloud.changing() as records:
            records[ocid]["state"] = "RUNNING"
        self.firewall.apply()
        if inputs.get("state", "").upper() == "STOPPED":
            self._power(ocid, "STOPPED")
        return ocid, self._outputs(self._record(ocid))

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Change the instance in place. Like Oracle, reboot it for another shape, and replace its disk for an image."""
        before = self._record(resource_id)
        with self.cloud.changing() as records:
            after = updated(records, before, inputs)
            self._require_size(records, resource_id, before, after)
            records[resource_id] = after
        if after["_ephemeral"] != before["_ephemeral"]:
            self.machines.set_public_addresses(after["_host"], public_address_of(records, after) or None, None)
        self.firewall.apply()
        running = before["state"] == "RUNNING"
        if after["image"] != before["image"]:
            self.machines.delete(after["_host"])
            self.machines.create(host_spec(self.cloud.records(), resource_id))
        elif running and (after["shape"], after["shapeConfig"]) != (before["shape"], before["shapeConfig"]):
            self.machines.reboot(after["_host"])
        if wanted := inputs.get("state"):
            self._power(resource_id, wanted.upper())
        return self._outputs(self._record(resource_id))

    def delete(self, resource_id: str, state: Values) -> None:
        """Delete the host with its disk: the lab keeps no boot volumes. Other volumes and reserved addresses stay."""
        with self.cloud.changing() as records:
            record = records.get(resource_id)
            if record is None:
                return
            record["state"] = "TERMINATING"
        self.machines.delete(record["_host"])
        self._forget(resource_id)
        self.firewall.apply()

    def read(self, resource_id: str, state: Values) -> Values | None:
        """The instance's record with its host's current state. None if the host is gone."""
        record = self.cloud.record(resource_id)
        running = self.machines.states().get(record["_host"]) if record else None
        if record is None or running is None:
            return None
        return self._outputs(record) | {"state": "RUNNING" if running else "STOPPED"}

    def _record(self, ocid: str) -> Values:
        return required(self.cloud.records(), self.kind, ocid, f"instance {ocid}")

    def _require_size(self, records: Records, ocid: str, before: Values, after: Values) -> None:
        """Raise CloudError if a new shape or size does not suit the image, the account's limits or the domain."""
        what, conditions = f"instance {after['displayName']}", Conditions(self.cloud)
        require_fit(after["image"], after["shape"], what)
        old, new = before["shapeConfig"], after["shapeConfig"]
        if before["shape"] == after["shape"] and all(new[part] <= old[part] for part in ("ocpus", "memoryInGbs")):
            return
        others = {other_id: other for other_id, other in records.items() if other_id != ocid}
        conditions.require_within_limits(others, after, what)
        conditions.require_room(after["availabilityDomain"], after["faultDomain"], what)

    def _outputs(self, record: Values) -> Values:
        return outputs_of(record) | {"publicIp": public_address_of(self.cloud.records(), record)}

    def _forget(self, ocid: str) -> None:
        """Remove an instance from the records, with its IPv6 addresses and attachments. Unassign its public address."""
        with self.cloud.changing() as records:
            record = records.pop(ocid, None)
            if record is None:
                return
            for other_id, other in list(records.items()):
                if other["_type"] == "publicip" and other["privateIpId"] == record["_private_ip"]:
                    unassign(records, other_id)
                elif other.get("vnicId") == record["_vnic"] or other.get("instanceId") == ocid:
                    del records[other_id]

    def _power(self, ocid: str, wanted: str) -> None:
        """Start or stop the host, if it is not in the wanted state."""
        record = self._record(ocid)
        running = self.machines.states().get(record["_host"], False)
        if wanted == "STOPPED" and running:
            self.machines.stop(record["_host"])
        elif wanted == "RUNNING" and not running:
            self.machines.start(record["_host"])
        with self.cloud.changing() as records:
            records[ocid]["state"] = wanted


def wrong_place(inputs: Values) -> Iterator[CheckFailure]:
    """Problems of domain, image, power state and network, as far as they are known."""
    domain, source = inputs["availabilityDomain"], inputs.get("sourceDetails", {})
    if isinstance(domain, str) and not DOMAIN.fullmatch(domain):
        yield CheckFailure("availabilityDomain", f"{domain!r} is no availability domain, like Uocm:EU-FRANKFURT-1-AD-1")
    if not isinstance(source, dict):
        return
    image = source.get("sourceId", inputs.get("image", ""))
    if source.get("sourceType", "image") != "image" or (isinstance(image, str) and not IMAGE.fullmatch(image)):
        yield CheckFailure("sourceDetails.sourceId", f"{image!r} is no image's OCID; the lab starts from images only")
    if isinstance(state := inputs.get("state", "RUNNING"), str) and state.upper() not in ("RUNNING", "STOPPED"):
        yield CheckFailure("state", f"state is RUNNING or STOPPED, not {state}")
    yield from wrong_size("sourceDetails.bootVolumeSizeInGbs", source.get("bootVolumeSizeInGbs"))
    fault_domain = inputs.get("faultDomain")
    if isinstance(fault_domain, str) and fault_domain not in FAULT_DOMAINS:
        yield CheckFailure("faultDomain", f"faultDomain is one of {', '.join(FAULT_DOMAINS)}, not {fault_domain}")
    vnic = inputs.get("createVnicDetails", {})
    if isinstance(vnic, dict):
        yield from wrong_ipv6(vnic)
        if isinstance(groups := vnic.get("nsgIds"), list) and len(groups) > MOST_GROUPS:
            yield CheckFailure("createVnicDetails.nsgIds", f"a network card is in {MOST_GROUPS} groups at most")
        if isinstance(public := vnic.get("assignPublicIp", "true"), str) and public.lower() not in ("true", "false"):
            yield CheckFailure("createVnicDetails.assignPublicIp", f"assignPublicIp is true or false, not {public}")


def updated(records: Records, record: Values, inputs: Values) -> Values:
    """The record with new inputs. Merges the objects of the network card and of the source. Raises CloudError."""
    what = f"instance {record['displayName']}"
    after = record | {name: value for name, value in inputs.items() if name != "state"}
    for name in ("createVnicDetails", "sourceDetails"):
        after[name] = record[name] | inputs.get(name, {})
    after["image"] = after["sourceDetails"].get("sourceId", record["image"])
    if "shapeConfig" in inputs or after["shape"] != record["shape"]:
        after["shapeConfig"] = shape_config(size_of(after["shape"], inputs.get("shapeConfig", {})))
    size, was = (int(each["sourceDetails"]["bootVolumeSizeInGbs"]) for each in (after, record))
    if size < was:
        raise CloudError(f"{what}: 400-InvalidParameter: a boot volume of {was} GB can't become smaller")
    require_groups(records, after["createVnicDetails"].get("nsgIds") or (), records[record["_subnet"]], what)
    return after | {"_ephemeral": new_ephemeral(records, after, record, what)}


def new_ephemeral(records: Records, after: Values, before: Values, what: str) -> str:
    """The instance's ephemeral public address: the one it had, or as `assignPublicIp` wants it now."""
    wanted, had = (each["createVnicDetails"]["assignPublicIp"].lower() == "true" for each in (after, before))
    if wanted == had:
        return str(before["_ephemeral"])
    wants_public_address(after["createVnicDetails"], records[before["_subnet"]], what)
    if wanted and (taken := public_address_of(records, before)):
        raise CloudError(f"{what}: 409-Conflict: its private address has the public address {taken} already")
    return free_public_address(records, what) if wanted else ""


def unassign(records: Records, public_ip_id: str) -> None:
    """Unassign a public address from its private address. An EPHEMERAL one is deleted."""
    record = records[public_ip_id]
    if record["lifetime"] == "EPHEMERAL":
        del records[public_ip_id]
    else:
        records[public_ip_id] = record | unassigned(record)
