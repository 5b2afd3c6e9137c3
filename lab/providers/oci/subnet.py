"""`oci.core.Subnet`: a part of a VCN, with the routes and packet filters of the instances in it."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from pulumi.provider.experimental.provider import CheckFailure

from lab.network import IPV6_GATEWAY
from lab.providers.oci.addresses import gateway, instances_in
from lab.providers.oci.cloud import Cloud, CloudError, Records, of_type, outputs_of, required
from lab.providers.oci.core_type import CoreType, refuse_used, same_vcn
from lab.providers.oci.firewall import Firewall
from lab.providers.oci.networks import holder, overlaps, parse
from lab.providers.oci.vcn import require_ipv6_place
from lab.providers.stand_in import Values

MOST_LISTS = 5


class Subnet(CoreType):
    """A subnet with one IPv4 range, and at most one IPv6 range. A private subnet prohibits public addresses."""

    published_as = "oci:Core/subnet:Subnet"
    kind = "subnet"
    unordered = frozenset({"securityListIds", "ipv6cidrBlocks"})

    def __init__(self, cloud: Cloud, firewall: Firewall) -> None:
        super().__init__(cloud)
        self.firewall = firewall

    def check(self, inputs: Values) -> Iterator[CheckFailure]:
        """Refuse what the lab's subnets do not support."""
        yield from super().check(inputs)
        if "cidrBlock" not in inputs or len(inputs.get("ipv4cidrBlocks", [""])) != 1:
            yield CheckFailure("cidrBlock", "the lab's subnets have one IPv4 range, in cidrBlock")
        if isinstance(given := inputs.get("ipv6cidrBlocks"), list) and len(given) > 1:
            yield CheckFailure("ipv6cidrBlocks", "the lab's subnets have one IPv6 range at most")
        if isinstance(lists := inputs.get("securityListIds"), list) and not 1 <= len(lists) <= MOST_LISTS:
            yield CheckFailure("securityListIds", f"a subnet has 1 to {MOST_LISTS} security lists")

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Create the subnet. By default it uses the VCN's default route table and security list."""
        subnet_id = self.cloud.new_id(self.kind)
        record = self.common(inputs, subnet_id)
        what = f"subnet {record['displayName']}"
        network = parse(inputs["cidrBlock"], what)
        with self.cloud.changing() as records:
            vcn = required(records, "vcn", inputs["vcnId"], what)
            private = bool(inputs.get("prohibitPublicIpOnVnic", inputs.get("prohibitInternetIngress", False)))
            label = inputs.get("dnsLabel", "")
            record |= {
                "availabilityDomain": inputs.get("availabilityDomain", ""),
                "cidrBlock": inputs["cidrBlock"],
                "dhcpOptionsId": inputs.get("dhcpOptionsId", vcn["defaultDhcpOptionsId"]),
                "dnsLabel": label,
                "ipv4cidrBlocks": [inputs["cidrBlock"]],
                "prohibitInternetIngress": private,
                "prohibitPublicIpOnVnic": private,
                "routeTableId": inputs.get("routeTableId", vcn["defaultRouteTableId"]),
                "securityListIds": inputs.get("securityListIds", [vcn["defaultSecurityListId"]]),
                "subnetDomainName": f"{label}.{vcn['vcnDomainName']}" if label and vcn["vcnDomainName"] else "",
                "virtualRouterIp": str(gateway(network)),
                "virtualRouterMac": "00:00:17:00:00:01",
                **ranges_6(inputs, {}),
            }
            require_ipv6_place(records, None, vcn, record["ipv6cidrBlocks"], what)
            require_place(records, record, network, what)
            records[subnet_id] = record
        return subnet_id, outputs_of(record)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Change names, tags, routes and lists. The range can change, too, while the subnet is empty."""
        with self.cloud.changing() as records:
            before = required(records, self.kind, resource_id, f"subnet {resource_id}")
            record = before | inputs | ranges_6(inputs, before)
            what = f"subnet {record['displayName']}"
            if record["cidrBlock"] != before["cidrBlock"]:
                refuse_used(f"{what}: cidrBlock", instances_in(records, resource_id))
            if gone := set(before["ipv6cidrBlocks"]) - set(record["ipv6cidrBlocks"]):
                used = of_type(records, "ipv6", lambda one: one["subnetId"] == resource_id)
                refuse_used(f"{what}: {', '.join(gone)}", used)
            require_ipv6_place(records, resource_id, records[record["vcnId"]], record["ipv6cidrBlocks"], what)
            record["ipv4cidrBlocks"] = [record["cidrBlock"]]
            del records[resource_id]
            network = parse(record["cidrBlock"], what)
            require_place(records, record, network, what)
            records[resource_id] = record | {"virtualRouterIp": str(gateway(network))}
        self.firewall.apply()
        return outputs_of(records[resource_id])

    def delete(self, resource_id: str, state: Values) -> None:
        """Delete it. Refused while an instance is in it."""
        with self.cloud.changing() as records:
            refuse_used(f"subnet {state.get('displayName', resource_id)}", instances_in(records, resource_id))
            records.pop(resource_id, None)


def require_place(records: Records, subnet: Values, network: IPv4Network, what: str) -> None:
    """Raise CloudError unless the range is free and within the VCN, and the route table and lists belong to the VCN."""
    vcn = required(records, "vcn", subnet["vcnId"], what)
    if holder(network, vcn["cidrBlocks"]) is None:
        inside = ", ".join(vcn["cidrBlocks"])
        raise CloudError(f"{what}: 400-InvalidParameter: {network} is not within its VCN ({inside})")
    for other in of_type(records, "subnet", same_vcn(subnet["vcnId"])):
        if list(overlaps(network, [other["cidrBlock"]])):
            raise CloudError(f"{what}: 400-InvalidParameter: {network} overlaps subnet {other['displayName']}")
    parts = [("routetable", subnet["routeTableId"]), *(("securitylist", ocid) for ocid in subnet["securityListIds"])]
    for kind, ocid in parts:
        if required(records, kind, ocid, what)["vcnId"] != subnet["vcnId"]:
            raise CloudError(f"{what}: 400-InvalidParameter: {kind} {ocid} is of another VCN")


def ranges_6(inputs: Values, before: Values) -> Values:
    """The IPv6 outputs of a subnet: from one of two inputs, else the ranges that it had."""
    given = inputs.get("ipv6cidrBlocks") or ([inputs["ipv6cidrBlock"]] if inputs.get("ipv6cidrBlock") else None)
    cidrs: list[str] = given or before.get("ipv6cidrBlocks") or []
    return {
        "ipv6cidrBlock": cidrs[0] if cidrs else "",
        "ipv6cidrBlocks": cidrs,
        "ipv6virtualRouterIp": IPV6_GATEWAY if cidrs else "",
    }
