"""IPv6 addresses of instances' network cards. In the lab a card gets one when it is created, and keeps it."""

from collections.abc import Iterator
from ipaddress import IPv6Address, ip_network
from typing import Any

from pulumi.provider.experimental.provider import CheckFailure

from lab.providers.oci.addresses import free_address_6
from lab.providers.oci.cloud import CloudError, Records, now
from lab.providers.stand_in import Values

KIND = "ipv6"
PAIRS = "ipv6addressIpv6subnetCidrPairDetails"


def wrong_ipv6(vnic: Values) -> Iterator[CheckFailure]:
    """Problems of a card's IPv6 inputs: what the lab does not support."""
    pairs = vnic.get(PAIRS)
    if not isinstance(pairs, list):
        return
    if len(pairs) > 1:
        yield CheckFailure(f"createVnicDetails.{PAIRS}", "the lab's network cards have one IPv6 address at most")
    for pair in pairs:
        try:
            if isinstance(address := pair.get("ipv6address"), str):
                IPv6Address(address)
        except ValueError as error:
            yield CheckFailure(f"createVnicDetails.{PAIRS}", str(error))


def new_ipv6(records: Records, instance: Values, what: str) -> Values | None:
    """The record of a new instance's IPv6 address, if the inputs ask for one. Raises CloudError."""
    vnic = instance["createVnicDetails"]
    pairs: list[dict[str, Any]] = vnic.get(PAIRS) or []
    if not pairs and not vnic.get("assignIpv6ip"):
        return None
    subnet = records[instance["_subnet"]]
    if not subnet["ipv6cidrBlocks"]:
        raise CloudError(f"{what}: 400-InvalidParameter: subnet {subnet['displayName']} has no IPv6 range")
    pair = pairs[0] if pairs else {}
    cidr = str(ip_network(pair.get("ipv6subnetCidr") or subnet["ipv6cidrBlocks"][0]))
    if cidr not in map(str, map(ip_network, subnet["ipv6cidrBlocks"])):
        raise CloudError(f"{what}: 400-InvalidParameter: subnet {subnet['displayName']} has {subnet['ipv6cidrBlock']}")
    return {
        "cidrPrefixLength": 128,
        "compartmentId": instance["compartmentId"],
        "definedTags": {},
        "displayName": f"{KIND}-{instance['displayName']}",
        "freeformTags": {},
        "hostname": "",
        "ipAddress": free_address_6(records, cidr, subnet, pair.get("ipv6address"), what),
        "ipState": "ASSIGNED",
        "ipv6subnetCidr": cidr,
        "lifetime": "EPHEMERAL",
        "routeTableId": "",
        "state": "AVAILABLE",
        "subnetId": instance["_subnet"],
        "timeCreated": now(),
        "vnicId": instance["_vnic"],
        "_type": KIND,
    }
