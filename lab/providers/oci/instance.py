"""`oci.core.Instance`: a machine, which in the lab is a host with its own kernel namespaces."""

import re
from collections.abc import Iterator

from pulumi.provider.experimental.provider import CheckFailure

from lab.providers.oci.cloud import Cloud, CloudError, outputs_of, required
from lab.providers.oci.core_type import CoreType
from lab.providers.oci.firewall import Firewall
from lab.providers.oci.launch import host_spec, metadata_problems, new_record, shape_config
from lab.providers.oci.machines import Machines
from lab.providers.oci.shapes import own_architecture, size_of
from lab.providers.properties import has_unknown
from lab.providers.stand_in import Values

IMAGE = re.compile(r"ocid1\.image\.oc1\..+")
DOMAIN = re.compile(r"\w+:[A-Z0-9-]+-AD-[1-3]")
KEYS_FOR_LIFE = ("ssh_authorized_keys", "user_data")
"""Metadata that only a new instance can have."""


class Instance(CoreType):
    """A machine. Its shape changes with a reboot; another image gives it a new disk; the lab's limits on memory and
    processors stay those that it was made with."""

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
        """Refuse what Oracle refuses, and what this computer can't be."""
        yield from super().check(inputs)
        yield from wrong_place(inputs)
        if not has_unknown([inputs.get("shape"), inputs.get("shapeConfig", {})]):
            try:
                shape = size_of(inputs.get("shape"), inputs.get("shapeConfig", {})).shape
                if shape.architecture != own_architecture():
                    other = f"{shape.architecture}, and this computer is {own_architecture()}"
                    yield CheckFailure("shape", f"shape {inputs['shape']} is {other}: the lab can't run it")
            except ValueError as error:
                yield CheckFailure("shape", str(error))
        if isinstance(metadata := inputs.get("metadata", {}), dict):
            for problem in metadata_problems(metadata):
                yield CheckFailure("metadata", problem)

    def changes(self, state: Values, inputs: Values) -> dict[str, bool]:
        """As published: user data and keys for logging in are for life, other metadata can change."""
        found = super().changes(state, inputs)
        if "metadata" in found:
            before, after = state.get("metadata") or {}, inputs["metadata"]
            for_life = not isinstance(after, dict) or any(before.get(key) != after.get(key) for key in KEYS_FOR_LIFE)
            found["metadata"] = for_life
        return found

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Make the host; returns when its init runs, as Oracle says RUNNING then."""
        ocid = self.cloud.new_id(self.kind)
        with self.cloud.changing() as records:
            records[ocid] = new_record(records, ocid, inputs, self.cloud.region)
        host = records[ocid]["_host"]
        try:
            self.machines.create(host_spec(records, ocid))
        except Exception:
            self.machines.delete(host)
            with self.cloud.changing() as records:
                del records[ocid]
            raise
        with self.cloud.changing() as records:
            records[ocid]["state"] = "RUNNING"
        self.firewall.apply()
        if inputs.get("state", "").upper() == "STOPPED":
            self._power(ocid, "STOPPED")
        return ocid, outputs_of(self._record(ocid))

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Change what can change in place, with a reboot or a new disk where Oracle does so."""
        before = self._record(resource_id)
        after = updated(before, inputs)
        if after["createVnicDetails"]["assignPublicIp"] != before["createVnicDetails"]["assignPublicIp"]:
            raise CloudError(
                f"instance {before['displayName']}: the lab can't give or take a public address later: replace it"
            )
        with self.cloud.changing() as records:
            records[resource_id] = after
        running = before["state"] == "RUNNING"
        if after["image"] != before["image"]:
            self.machines.delete(after["_host"])
            self.machines.create(host_spec(self.cloud.records(), resource_id))
        elif running and (after["shape"], after["shapeConfig"]) != (before["shape"], before["shapeConfig"]):
            self.machines.reboot(after["_host"])
        if wanted := inputs.get("state"):
            self._power(resource_id, wanted.upper())
        return outputs_of(self._record(resource_id))

    def delete(self, resource_id: str, state: Values) -> None:
        """End the host with its disk; the lab keeps no boot volumes."""
        record = self.cloud.record(resource_id)
        if record is None:
            return
        self.machines.delete(record["_host"])
        with self.cloud.changing() as records:
            records.pop(resource_id, None)

    def read(self, resource_id: str, state: Values) -> Values | None:
        """The instance's record, with the state that its host is in; None if the host is gone."""
        record = self.cloud.record(resource_id)
        running = self.machines.states().get(record["_host"]) if record else None
        if record is None or running is None:
            return None
        return outputs_of(record) | {"state": "RUNNING" if running else "STOPPED"}

    def _record(self, ocid: str) -> Values:
        return required(self.cloud.records(), self.kind, ocid, f"instance {ocid}")

    def _power(self, ocid: str, wanted: str) -> None:
        """Start or stop the host, if it is not in the state wanted."""
        record = self._record(ocid)
        running = self.machines.states().get(record["_host"], False)
        if wanted == "STOPPED" and running:
            self.machines.stop(record["_host"])
        elif wanted == "RUNNING" and not running:
            self.machines.start(record["_host"])
        with self.cloud.changing() as records:
            records[ocid]["state"] = wanted


def wrong_place(inputs: Values) -> Iterator[CheckFailure]:
    """Domain, image, power state and network as Oracle wants them, as far as they are known."""
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
    vnic = inputs.get("createVnicDetails", {})
    if isinstance(vnic, dict):
        if vnic.get("nsgIds"):
            yield CheckFailure("createVnicDetails.nsgIds", "the lab has security lists, no network security groups")
        if isinstance(public := vnic.get("assignPublicIp", "true"), str) and public.lower() not in ("true", "false"):
            yield CheckFailure("createVnicDetails.assignPublicIp", f"assignPublicIp is true or false, not {public}")


def updated(record: Values, inputs: Values) -> Values:
    """The record with new inputs, objects of the network card and the source part by part."""
    after = record | {name: value for name, value in inputs.items() if name != "state"}
    for name in ("createVnicDetails", "sourceDetails"):
        after[name] = record[name] | inputs.get(name, {})
    after["image"] = after["sourceDetails"].get("sourceId", record["image"])
    if "shapeConfig" in inputs or after["shape"] != record["shape"]:
        after["shapeConfig"] = shape_config(size_of(after["shape"], inputs.get("shapeConfig", {})))
    return after
