"""`oci.core.Vcn`: a virtual network, with the route table and the security list that come with it."""

from typing import Any

from lab.providers.oci.cloud import CloudError, Records, now, of_type, outputs_of, required
from lab.providers.oci.conditions import Conditions
from lab.providers.oci.core_type import CoreType, named, refuse_used, same_vcn
from lab.providers.oci.networks import given_6, holder, overlaps, parse, parse_6
from lab.providers.oci.security_rules import default_rules
from lab.providers.stand_in import Values

NOT_IN_THE_LAB = ("byoipv6cidrDetails", "ipv6privateCidrBlocks")


class Vcn(CoreType):
    """A virtual network with IPv4 ranges. If IPv6 is enabled, Oracle assigns it one IPv6 range, which never changes."""

    published_as = "oci:Core/vcn:Vcn"
    kind = "vcn"
    unordered = frozenset({"cidrBlocks"})
    changed_in_place = frozenset({"isIpv6enabled", "isOracleGuaAllocationEnabled"})

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Create the network, with its default route table and security list."""
        vcn_id, made = self.cloud.new_id(self.kind), now()
        what = f"vcn {named(inputs, vcn_id)}"
        refuse_own_ranges(inputs, what)
        cidrs = ranges(inputs, what)
        label = inputs.get("dnsLabel", "")
        record = {
            "compartmentId": inputs["compartmentId"],
            "cidrBlock": cidrs[0],
            "cidrBlocks": cidrs,
            "definedTags": inputs.get("definedTags", {}),
            "displayName": named(inputs, vcn_id),
            "dnsLabel": label,
            "freeformTags": inputs.get("freeformTags", {}),
            "isIpv6enabled": False,
            "isOracleGuaAllocationEnabled": False,
            "securityAttributes": inputs.get("securityAttributes", {}),
            "byoipv6cidrBlocks": [],
            "byoipv6cidrDetails": [],
            "ipv6cidrBlocks": [],
            "ipv6privateCidrBlocks": [],
            "vcnDomainName": f"{label}.oraclevcn.com" if label else "",
            "state": "AVAILABLE",
            "timeCreated": made,
            "_type": self.kind,
        }
        with self.cloud.changing() as records:
            if inputs.get("isIpv6enabled"):
                enable_ipv6(records, record)
            for kind, key, rules in defaults(record):
                default_id = self.cloud.new_id(kind)
                record[key] = default_id
                if rules is not None:
                    records[default_id] = default_record(kind, vcn_id, record, rules)
            Conditions(self.cloud).require_within_limits(records, record, what)
            records[vcn_id] = record
        return vcn_id, outputs_of(record)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Change names, tags and ranges, or enable IPv6. A range with a subnet can't be removed, nor can IPv6."""
        with self.cloud.changing() as records:
            record = required(records, self.kind, resource_id, f"vcn {resource_id}")
            what = f"vcn {record['displayName']}"
            refuse_own_ranges(inputs, what)
            cidrs = ranges(inputs, what) if "cidrBlocks" in inputs else record["cidrBlocks"]
            for subnet in of_type(records, "subnet", same_vcn(resource_id)):
                if holder(parse(subnet["cidrBlock"], what), cidrs) is None:
                    raise CloudError(
                        f"{what}: 409-Conflict: subnet {subnet['displayName']} is outside of the new ranges"
                    )
            if inputs.get("isIpv6enabled") and not record["isIpv6enabled"]:
                enable_ipv6(records, record)
            if inputs.get("isIpv6enabled") is False and record["isIpv6enabled"]:
                raise CloudError(f"{what}: 400-InvalidParameter: IPv6 can't be disabled once it is enabled")
            record |= inputs | {"cidrBlocks": cidrs, "cidrBlock": cidrs[0]}
            records[resource_id] = record
        return outputs_of(record)

    def delete(self, resource_id: str, state: Values) -> None:
        """Delete the network with its defaults. Refused while anything else is in it."""
        with self.cloud.changing() as records:
            if resource_id not in records:
                return
            inside = [record for record in records.values() if record.get("vcnId") == resource_id]
            refuse_used(
                f"vcn {records[resource_id]['displayName']}", [one for one in inside if not one.get("_default")]
            )
            gone = [resource_id, *(ocid for ocid, record in records.items() if record.get("vcnId") == resource_id)]
            for ocid in gone:
                del records[ocid]


def refuse_own_ranges(inputs: Values, what: str) -> None:
    """Raise CloudError for IPv6 ranges that Oracle has not assigned."""
    if any(inputs.get(name) for name in NOT_IN_THE_LAB) or inputs.get("isOracleGuaAllocationEnabled") is False:
        raise CloudError(f"{what}: the lab has only IPv6 ranges that Oracle gives: leave out {NOT_IN_THE_LAB}")


def enable_ipv6(records: Records, vcn: Values) -> None:
    """Assign a VCN its IPv6 range."""
    taken = [cidr for other in of_type(records, "vcn") for cidr in other["ipv6cidrBlocks"]]
    vcn |= {
        "isIpv6enabled": True,
        "isOracleGuaAllocationEnabled": True,
        "ipv6cidrBlocks": [given_6(taken)],
    }


def all_ranges(vcn: Values) -> list[str]:
    """A VCN's IPv4 and IPv6 ranges."""
    return [*vcn["cidrBlocks"], *vcn["ipv6cidrBlocks"]]


def require_ipv6_place(records: Records, subnet_id: str | None, vcn: Values, cidrs: list[Any], what: str) -> None:
    """Raise CloudError unless a subnet's IPv6 ranges are free /64s within the VCN. `subnet_id` None: a new subnet."""
    for cidr in cidrs:
        network = parse_6(cidr, what)
        if holder(network, vcn["ipv6cidrBlocks"]) is None:
            inside = ", ".join(vcn["ipv6cidrBlocks"]) or "which has no IPv6: set isIpv6enabled"
            raise CloudError(f"{what}: 400-InvalidParameter: {network} is not within its VCN ({inside})")
        for ocid, other in records.items():
            if other["_type"] == "subnet" and ocid != subnet_id and list(overlaps(network, other["ipv6cidrBlocks"])):
                raise CloudError(f"{what}: 400-InvalidParameter: {network} overlaps subnet {other['displayName']}")


def ranges(inputs: Values, what: str) -> list[str]:
    """The network's ranges, from one of two inputs."""
    if ("cidrBlock" in inputs) == ("cidrBlocks" in inputs):
        raise CloudError(f"{what}: 400-InvalidParameter: give either cidrBlock or cidrBlocks")
    cidrs: list[str] = inputs.get("cidrBlocks") or [inputs["cidrBlock"]]
    for index, cidr in enumerate(cidrs):
        if list(overlaps(parse(cidr, what), cidrs[:index])):
            raise CloudError(f"{what}: 400-InvalidParameter: {cidr} overlaps another of its ranges")
    return cidrs


def defaults(vcn: Values) -> list[tuple[str, str, Values | None]]:
    """The defaults of a network: type, the output with its ID, and its rules (None: the lab does not support it)."""
    return [
        ("routetable", "defaultRouteTableId", {"routeRules": []}),
        ("securitylist", "defaultSecurityListId", default_rules(vcn["cidrBlock"], with_ipv6=vcn["isIpv6enabled"])),
        ("dhcpoptions", "defaultDhcpOptionsId", None),
    ]


def default_record(kind: str, vcn_id: str, vcn: Values, rules: Values) -> Values:
    """The record of a default route table or security list."""
    title = "Default Route Table" if kind == "routetable" else "Default Security List"
    return rules | {
        "compartmentId": vcn["compartmentId"],
        "vcnId": vcn_id,
        "displayName": f"{title} for {vcn['displayName']}",
        "definedTags": {},
        "freeformTags": {},
        "state": "AVAILABLE",
        "timeCreated": vcn["timeCreated"],
        "_type": kind,
        "_default": rules,
    }
