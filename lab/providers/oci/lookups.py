"""Functions of the provider: they look up domains, images, and an instance's network card and addresses."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from lab.providers import published
from lab.providers.oci.cloud import Cloud, CloudError, Records
from lab.providers.oci.images import images
from lab.providers.oci.instance import FAULT_DOMAINS
from lab.providers.oci.vnic import attachment_id, instance_of, ipv6_of, private_ip_id, public_address_of, vnic_id
from lab.providers.stand_in import Function, Values

CORE, IDENTITY = "oci:Core", "oci:Identity"
DOMAINS = 3
"""How many availability domains each region of the lab has."""


def functions(cloud: Cloud) -> dict[str, Function]:
    """All functions by token."""
    listed: dict[str, tuple[str, Callable[[Cloud, Values], list[Values]]]] = {
        f"{IDENTITY}/getAvailabilityDomains:getAvailabilityDomains": ("availabilityDomains", availability_domains),
        f"{IDENTITY}/getFaultDomains:getFaultDomains": ("faultDomains", fault_domains),
        f"{CORE}/getImages:getImages": ("images", lambda cloud, arguments: images(cloud.region, arguments)),
        f"{CORE}/getIpv6s:getIpv6s": ("ipv6s", ipv6s),
        f"{CORE}/getPrivateIps:getPrivateIps": ("privateIps", private_ips),
        f"{CORE}/getVnicAttachments:getVnicAttachments": ("vnicAttachments", vnic_attachments),
    }
    found: dict[str, Function] = {
        token: partial(answer, cloud, token, name, find) for token, (name, find) in listed.items()
    }
    found[f"{IDENTITY}/getAvailabilityDomain:getAvailabilityDomain"] = partial(availability_domain, cloud)
    found[f"{CORE}/getVnic:getVnic"] = partial(vnic, cloud)
    return found


def answer(
    cloud: Cloud, token: str, name: str, find: Callable[[Cloud, Values], list[Values]], arguments: Values
) -> Values:
    """The arguments, with the filtered list added."""
    found = [one for one in find(cloud, arguments) if passes(one, arguments.get("filters") or [])]
    empty = dict.fromkeys(published.output_names(token))
    return {**empty, **arguments, "id": token.rsplit(":", 1)[1], name: found}


def passes(found: Values, filters: list[dict[str, Any]]) -> bool:
    """Whether an object passes all filters. Each filter has the name of a field, and its allowed values or patterns."""
    for each in filters:
        text = str(found.get(re.sub(r"_(\w)", lambda part: part[1].upper(), each["name"]), ""))
        match = re.search if each.get("regex") else lambda wanted, text: wanted == text
        if not any(match(wanted, text) for wanted in each["values"]):
            return False
    return True


def availability_domains(cloud: Cloud, arguments: Values) -> list[Values]:
    """The region's availability domains. Their names begin with a prefix, which differs between accounts."""
    names = [f"lab:{cloud.region.upper()}-AD-{number}" for number in range(1, DOMAINS + 1)]
    return [{"compartmentId": arguments["compartmentId"], "id": domain_id(name), "name": name} for name in names]


def domain_id(name: str) -> str:
    """The OCID of a domain."""
    return f"ocid1.availabilitydomain.oc1..{re.sub(r'[^a-z0-9]', '', name.lower())}"


def availability_domain(cloud: Cloud, arguments: Values) -> Values:
    """One of the region's domains, by its number or its ID. Raises CloudError if there is none."""
    for number, found in enumerate(availability_domains(cloud, arguments), start=1):
        if arguments.get("id", found["id"]) == found["id"] and arguments.get("adNumber", number) == number:
            return found | {"adNumber": number}
    raise CloudError(f"availability domain: 404-NotAuthorizedOrNotFound: {cloud.region} has 1 to {DOMAINS}")


def fault_domains(cloud: Cloud, arguments: Values) -> list[Values]:
    """The three fault domains of an availability domain."""
    shared = {"availabilityDomain": arguments["availabilityDomain"], "compartmentId": arguments["compartmentId"]}
    return [
        shared | {"id": domain_id(f"{arguments['availabilityDomain']}{name}"), "name": name} for name in FAULT_DOMAINS
    ]


def vnic_attachments(cloud: Cloud, arguments: Values) -> list[Values]:
    """Network cards and their instances."""
    found = []
    for ocid, instance in instances(cloud.records(), arguments):
        if arguments.get("vnicId", vnic_id(ocid)) == vnic_id(ocid):
            found.append(
                {
                    "availabilityDomain": instance["availabilityDomain"],
                    "compartmentId": instance["compartmentId"],
                    "createVnicDetails": [],
                    "displayName": instance["displayName"],
                    "id": attachment_id(ocid),
                    "instanceId": ocid,
                    "nicIndex": 0,
                    "state": "ATTACHED",
                    "subnetId": instance["_subnet"],
                    "timeCreated": instance["timeCreated"],
                    "vlanId": "",
                    "vlanTag": 1,
                    "vnicId": vnic_id(ocid),
                }
            )
    return found


def instances(records: Records, arguments: Values) -> list[tuple[str, Values]]:
    """Instances (ID, record) that match the arguments: compartment, and other filters of a list of cards."""
    return [
        (ocid, record)
        for ocid, record in records.items()
        if record["_type"] == "instance"
        and record["compartmentId"] == arguments.get("compartmentId", record["compartmentId"])
        and ocid == arguments.get("instanceId", ocid)
        and record["availabilityDomain"] == arguments.get("availabilityDomain", record["availabilityDomain"])
    ]


def private_ips(cloud: Cloud, arguments: Values) -> list[Values]:
    """Private IPv4 addresses of a card or a subnet. Raises CloudError if neither is given."""
    if not arguments.get("vnicId") and not arguments.get("subnetId"):
        raise CloudError("private IPs: 400-InvalidParameter: give vnicId or subnetId")
    found = []
    for ocid, instance in instances(cloud.records(), {}):
        address = {
            "availabilityDomain": instance["availabilityDomain"],
            "cidrPrefixLength": 32,
            "compartmentId": instance["compartmentId"],
            "definedTags": {},
            "displayName": instance["displayName"],
            "freeformTags": {},
            "hostnameLabel": instance["hostnameLabel"],
            "id": private_ip_id(ocid),
            "ipAddress": instance["privateIp"],
            "ipState": "ASSIGNED",
            "ipv4subnetCidrAtCreation": "",
            "isPrimary": True,
            "isReserved": False,
            "lifetime": "EPHEMERAL",
            "routeTableId": "",
            "subnetId": instance["_subnet"],
            "timeCreated": instance["timeCreated"],
            "vlanId": "",
            "vnicId": vnic_id(ocid),
        }
        if all(arguments.get(name) in (None, value) for name, value in address.items()):
            found.append(address)
    return found


def ipv6s(cloud: Cloud, arguments: Values) -> list[Values]:
    """IPv6 addresses of a card or a subnet."""
    records = cloud.records()
    found = []
    for ocid, record in records.items():
        if record["_type"] == "ipv6":
            address = {name: value for name, value in record.items() if not name.startswith("_")} | {"id": ocid}
            if all(arguments.get(name) in (None, value) for name, value in address.items()):
                found.append(address)
    return found


def vnic(cloud: Cloud, arguments: Values) -> Values:
    """A card with all its addresses. Raises CloudError if there is no card with that ID."""
    records = cloud.records()
    ocid, instance = instance_of(records, arguments["vnicId"], "VNIC")
    details = instance["createVnicDetails"]
    return {
        "availabilityDomain": instance["availabilityDomain"],
        "compartmentId": instance["compartmentId"],
        "definedTags": details["definedTags"],
        "displayName": details["displayName"],
        "freeformTags": details["freeformTags"],
        "hostnameLabel": instance["hostnameLabel"],
        "id": vnic_id(ocid),
        "ipv6addresses": [address["ipAddress"] for address in ipv6_of(records, instance)],
        "isPrimary": True,
        "macAddress": "02:00:17:" + ":".join(f"{part:02x}" for part in map(int, instance["privateIp"].split(".")[1:])),
        "nsgIds": details.get("nsgIds") or [],
        "privateIpAddress": instance["privateIp"],
        "publicIpAddress": public_address_of(records, instance),
        "routeTableId": "",
        "securityAttributes": {},
        "skipSourceDestCheck": details["skipSourceDestCheck"],
        "state": "AVAILABLE",
        "subnetId": instance["_subnet"],
        "timeCreated": instance["timeCreated"],
        "vlanId": "",
        "vnicId": vnic_id(ocid),
    }
