"""`azure-native.network.VirtualNetwork`: IPv4 and IPv6 ranges. Subnets are inline or resources of their own."""

from lab.providers.azure_native.azure_type import AzureType
from lab.providers.azure_native.cloud import WITH_PARENT, CloudError, key
from lab.providers.azure_native.ranges import holder, parse_all
from lab.providers.azure_native.subnet import (
    KIND,
    refuse_used_subnet,
    subnet_outputs,
    subnet_ranges,
    subnet_record,
    subnets_of,
)
from lab.providers.records import Records, of_type
from lab.providers.stand_in import Values

NOT_IN_THE_LAB = ("bgpCommunities", "ddosProtectionPlan", "encryption", "ipAllocations", "virtualNetworkPeerings")


class VirtualNetwork(AzureType):
    """A virtual network. Without inline subnets it leaves its subnets alone: they are resources of their own."""

    published_as = "azure-native:network:VirtualNetwork"
    kind = "Microsoft.Network/virtualNetworks"
    named_by = "virtualNetworkName"
    name_pattern = r"\w([\w.-]{0,62}\w)"
    replaced_by = frozenset({"location"})

    def build(self, records: Records, resource_id: str, inputs: Values, before: Values | None) -> Values:
        """Check the ranges, then create, change or remove the inline subnets."""
        what = self.what(inputs)
        if unknown := [name for name in NOT_IN_THE_LAB if inputs.get(name)]:
            raise CloudError(what, "NotInTheLab", f"the lab's networks have no {', '.join(unknown)}")
        ranges = parse_all(inputs.get("addressSpace", {}).get("addressPrefixes") or (), what)
        if not ranges:
            raise CloudError(what, "InvalidRequestFormat", "addressSpace.addressPrefixes needs at least one prefix")
        if inputs.get("subnets") is not None:
            take_away_others(records, resource_id, inputs["subnets"])
        for wanted in inputs.get("subnets") or ():
            if not wanted.get("name"):
                raise CloudError(what, "InvalidRequestFormat", "a subnet within a virtual network needs a name")
            record = subnet_record(records, resource_id, ranges, wanted)
            records[key(record["id"])] = record | {WITH_PARENT: True}
        for subnet in subnets_of(records, resource_id):
            if any(holder(network, ranges) is None for network in subnet_ranges(subnet)):
                message = f"subnet {subnet['name']} is outside of its new ranges"
                raise CloudError(what, "NetcfgInvalidSubnet", message)
        return {
            "addressSpace": {"addressPrefixes": [str(network) for network in ranges]},
            "dhcpOptions": inputs.get("dhcpOptions", {"dnsServers": []}),
            "enableDdosProtection": False,
            "virtualNetworkPeerings": [],
        }

    def view(self, records: Records, record: Values) -> Values:
        """All subnets."""
        return {"subnets": [subnet_outputs(records, subnet) for subnet in subnets_of(records, record["id"])]}

    def release(self, records: Records, record: Values) -> None:
        """Refuse while an interface is in one of its subnets."""
        for subnet in of_type(records, KIND, lambda each: key(each["id"]).startswith(f"{key(record['id'])}/")):
            refuse_used_subnet(records, subnet)


def take_away_others(records: Records, network_id: str, wanted: list[Values]) -> None:
    """Remove subnets of a network that are not wanted. Raises CloudError if one of them is in use."""
    names = {subnet.get("name", "").lower() for subnet in wanted}
    for subnet in subnets_of(records, network_id):
        if subnet["name"].lower() not in names:
            refuse_used_subnet(records, subnet)
            del records[key(subnet["id"])]
