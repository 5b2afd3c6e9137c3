"""`oci.core.PublicIp`: a public IPv4 address. It is RESERVED, or EPHEMERAL: then it is deleted with its instance."""

from collections.abc import Iterator

from pulumi.provider.experimental.provider import CheckFailure

from lab.providers.machines import Machines
from lab.providers.oci.addresses import free_public_address
from lab.providers.oci.cloud import Cloud, CloudError, Records, now, outputs_of, required
from lab.providers.oci.conditions import Conditions
from lab.providers.oci.core_type import CoreType, named
from lab.providers.oci.vnic import instance_of, public_address_of
from lab.providers.stand_in import Values

LIFETIMES = ("EPHEMERAL", "RESERVED")


class PublicIp(CoreType):
    """A public address. When it is assigned to an instance's private address, the internet reaches the instance by it.

    A RESERVED address can be assigned to another private address, or to none. An EPHEMERAL address belongs to one
    private address for ever, and is deleted with it.
    """

    published_as = "oci:Core/publicIp:PublicIp"
    kind = "publicip"
    volatile = frozenset({"assignedEntityId", "assignedEntityType", "state"})

    def __init__(self, cloud: Cloud, machines: Machines) -> None:
        super().__init__(cloud)
        self.machines = machines

    def check(self, inputs: Values) -> Iterator[CheckFailure]:
        """Refuse what Oracle refuses."""
        yield from super().check(inputs)
        lifetime = inputs["lifetime"]
        if isinstance(lifetime, str) and lifetime not in LIFETIMES:
            yield CheckFailure("lifetime", f"lifetime is {' or '.join(LIFETIMES)}, not {lifetime}")
        if lifetime == "EPHEMERAL" and not inputs.get("privateIpId"):
            yield CheckFailure("privateIpId", "an EPHEMERAL address needs the private one that it is assigned to")
        if inputs.get("publicIpPoolId"):
            yield CheckFailure("publicIpPoolId", "the lab has no pools of one's own addresses")

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Allocate an address, and assign it if wanted. It is effective at once."""
        ocid = self.cloud.new_id(self.kind)
        record = {
            "compartmentId": inputs["compartmentId"],
            "definedTags": inputs.get("definedTags", {}),
            "displayName": named(inputs, ocid),
            "freeformTags": inputs.get("freeformTags", {}),
            "lifetime": inputs["lifetime"],
            "publicIpPoolId": "",
            "timeCreated": now(),
            "_type": self.kind,
        }
        what = f"public IP {record['displayName']}"
        with self.cloud.changing() as records:
            Conditions(self.cloud).require_within_limits(records, record, what)
            record |= {"ipAddress": free_public_address(records, what)} | unassigned(record)
            if inputs.get("privateIpId"):
                record |= assigned(records, record, inputs["privateIpId"], what)
            records[ocid] = record
        self._put_in_force(record["privateIpId"])
        return ocid, outputs_of(record)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Change names and tags, or assign it to another private address. An empty one unassigns it."""
        with self.cloud.changing() as records:
            before = required(records, self.kind, resource_id, f"public IP {resource_id}")
            record = before | inputs
            what = f"public IP {record['displayName']}"
            wanted = inputs.get("privateIpId", before["privateIpId"])
            if wanted != before["privateIpId"]:
                require_movable(before, what)
                records[resource_id] = record | unassigned(record)
                record |= assigned(records, record, wanted, what) if wanted else unassigned(record)
            records[resource_id] = record
        self._put_in_force(before["privateIpId"])  # first, because two hosts can't have the same address
        self._put_in_force(record["privateIpId"])
        return outputs_of(record)

    def delete(self, resource_id: str, state: Values) -> None:
        """Release the address. Its instance then has none."""
        with self.cloud.changing() as records:
            record = records.pop(resource_id, None)
        if record is not None:
            self._put_in_force(record["privateIpId"])

    def _put_in_force(self, private_ip_id: str) -> None:
        """Set the public address of a private address's host, from the records. Does nothing if there is no host."""
        records = self.cloud.records()
        try:
            _, instance = instance_of(records, private_ip_id, "")
        except CloudError:
            return
        self.machines.set_public_addresses(instance["_host"], public_address_of(records, instance) or None, None)


def unassigned(record: Values) -> Values:
    """The outputs of an unassigned address."""
    return {
        "assignedEntityId": "",
        "assignedEntityType": "",
        "availabilityDomain": "",
        "privateIpId": "",
        "scope": "REGION" if record["lifetime"] == "RESERVED" else "AVAILABILITY_DOMAIN",
        "state": "AVAILABLE",
    }


def require_movable(record: Values, what: str) -> None:
    """Raise CloudError for an EPHEMERAL address: it can't be assigned to another private address."""
    if record["lifetime"] == "EPHEMERAL":
        raise CloudError(
            f"{what}: 400-InvalidParameter: an EPHEMERAL address can't be assigned to another private one; make a new"
            " one, or make it RESERVED"
        )


def assigned(records: Records, record: Values, private_ip_id: str, what: str) -> Values:
    """The outputs of an address when it is assigned to that private address. Raises CloudError if it can't be."""
    _, instance = instance_of(records, private_ip_id, what)
    ephemeral = record["lifetime"] == "EPHEMERAL"
    if ephemeral and record["compartmentId"] != instance["compartmentId"]:
        raise CloudError(f"{what}: 400-InvalidParameter: an EPHEMERAL address is in its private one's compartment")
    if records[instance["_subnet"]]["prohibitPublicIpOnVnic"]:
        subnet = records[instance["_subnet"]]["displayName"]
        raise CloudError(f"{what}: 400-InvalidParameter: subnet {subnet} prohibits public addresses")
    if taken := public_address_of(records, instance):
        raise CloudError(
            f"{what}: 409-Conflict: instance {instance['displayName']} has the public address {taken} already;"
            " make it with assignPublicIp false, or delete that first"
        )
    return unassigned(record) | {
        "assignedEntityId": private_ip_id,
        "assignedEntityType": "PRIVATE_IP",
        "availabilityDomain": instance["availabilityDomain"] if ephemeral else "",
        "privateIpId": private_ip_id,
        "state": "ASSIGNED",
    }
