"""`oci.core.Vcn`: a virtual network, with the route table and the security list that come with it."""

from lab.providers.oci.cloud import CloudError, now, of_type, outputs_of, required
from lab.providers.oci.core_type import CoreType, named, refuse_used, same_vcn
from lab.providers.oci.networks import holder, overlaps, parse
from lab.providers.oci.security_rules import default_rules
from lab.providers.stand_in import Values

NOT_IN_THE_LAB = ("byoipv6cidrDetails", "ipv6privateCidrBlocks", "isIpv6enabled")


class Vcn(CoreType):
    """A virtual network of IPv4 ranges."""

    published_as = "oci:Core/vcn:Vcn"
    kind = "vcn"
    unordered = frozenset({"cidrBlocks"})

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Make the network and its defaults."""
        vcn_id, made = self.cloud.new_id(self.kind), now()
        what = f"vcn {named(inputs, vcn_id)}"
        if any(inputs.get(name) for name in NOT_IN_THE_LAB):
            raise CloudError(f"{what}: the lab has no IPv6 in its clouds")
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
            for kind, key, rules in defaults(cidrs):
                default_id = self.cloud.new_id(kind)
                record[key] = default_id
                if rules is not None:
                    records[default_id] = default_record(kind, vcn_id, record, rules)
            records[vcn_id] = record
        return vcn_id, outputs_of(record)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Change names, tags and ranges. A range that a subnet is in can't go."""
        with self.cloud.changing() as records:
            record = required(records, self.kind, resource_id, f"vcn {resource_id}")
            what = f"vcn {record['displayName']}"
            cidrs = ranges(inputs, what) if "cidrBlocks" in inputs else record["cidrBlocks"]
            for subnet in of_type(records, "subnet", same_vcn(resource_id)):
                if holder(parse(subnet["cidrBlock"], what), cidrs) is None:
                    raise CloudError(
                        f"{what}: 409-Conflict: subnet {subnet['displayName']} is outside of the new ranges"
                    )
            record |= inputs | {"cidrBlocks": cidrs, "cidrBlock": cidrs[0]}
            records[resource_id] = record
        return outputs_of(record)

    def delete(self, resource_id: str, state: Values) -> None:
        """End the network and its defaults, once nothing else is in it."""
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


def ranges(inputs: Values, what: str) -> list[str]:
    """The network's ranges, given by one property or the other."""
    if ("cidrBlock" in inputs) == ("cidrBlocks" in inputs):
        raise CloudError(f"{what}: 400-InvalidParameter: give either cidrBlock or cidrBlocks")
    cidrs: list[str] = inputs.get("cidrBlocks") or [inputs["cidrBlock"]]
    for index, cidr in enumerate(cidrs):
        if list(overlaps(parse(cidr, what), cidrs[:index])):
            raise CloudError(f"{what}: 400-InvalidParameter: {cidr} overlaps another of its ranges")
    return cidrs


def defaults(cidrs: list[str]) -> list[tuple[str, str, Values | None]]:
    """What comes with a network: type, the output with its id, the rules in it (None: the lab has no such thing)."""
    return [
        ("routetable", "defaultRouteTableId", {"routeRules": []}),
        ("securitylist", "defaultSecurityListId", default_rules(cidrs[0])),
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
