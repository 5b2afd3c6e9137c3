"""An instance's network card and its addresses. Each instance has one card, with one private IPv4 address."""

from ipaddress import ip_address

from lab.providers.oci.cloud import CloudError, Records, of_type
from lab.providers.stand_in import Values


def vnic_id(instance_id: str) -> str:
    """The card's ID, derived from the instance's."""
    return instance_id.replace("ocid1.instance.", "ocid1.vnic.", 1)


def private_ip_id(instance_id: str) -> str:
    """The ID of the card's private address."""
    return instance_id.replace("ocid1.instance.", "ocid1.privateip.", 1)


def attachment_id(instance_id: str) -> str:
    """The ID of the card's attachment to the instance."""
    return instance_id.replace("ocid1.instance.", "ocid1.vnicattachment.", 1)


def instance_of(records: Records, ocid: object, what: str) -> tuple[str, Values]:
    """The instance (ID, record) of a card or a private address. Raises CloudError if there is none."""
    if isinstance(ocid, str):
        for instance_id, record in records.items():
            if record["_type"] == "instance" and ocid in (vnic_id(instance_id), private_ip_id(instance_id)):
                return instance_id, record
    raise CloudError(f"{what}: 404-NotAuthorizedOrNotFound: there is no {ocid}")


def groups_of(instance: Values) -> list[str]:
    """IDs of the network security groups of the card."""
    return list(instance["createVnicDetails"].get("nsgIds") or ())


def instances_in_group(records: Records, group_id: str | None) -> list[Values]:
    """Instances with a card in a network security group."""
    return of_type(records, "instance", lambda instance: group_id in groups_of(instance))


def ipv6_of(records: Records, instance: Values) -> list[Values]:
    """The IPv6 addresses (records) of an instance's card, oldest first."""
    return of_type(records, "ipv6", lambda address: bool(address["vnicId"] == instance["_vnic"]))


def public_ip_of(records: Records, instance: Values) -> tuple[str, Values] | None:
    """The public address (ID, record) that is assigned to an instance's private address, if any."""
    for ocid, record in records.items():
        if record["_type"] == "publicip" and record["privateIpId"] == instance["_private_ip"]:
            return ocid, record
    return None


def public_address_of(records: Records, instance: Values) -> str:
    """An instance's public address: the assigned one, else its ephemeral one. Empty if it has none."""
    assigned = public_ip_of(records, instance)
    return str(assigned[1]["ipAddress"]) if assigned else str(instance["_ephemeral"])


def own_networks(records: Records, instance: Values) -> list[str]:
    """The addresses of an instance within its VCN, as CIDRs of one address each."""
    addresses = [instance["privateIp"], *(record["ipAddress"] for record in ipv6_of(records, instance))]
    return [f"{each}/{ip_address(each).max_prefixlen}" for each in addresses]
