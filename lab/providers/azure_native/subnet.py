"""`azure-native.network.Subnet`: a part of a virtual network, with a security group for all its interfaces."""

from lab.providers.azure_native.azure_type import API_VERSIONS, AzureType
from lab.providers.azure_native.cloud import Cloud, CloudError, found, parent, reference, refuse_used, required, same_id
from lab.providers.azure_native.firewall import Firewall
from lab.providers.azure_native.ranges import Network, check_subnet_size, holder, overlapping, parse_all
from lab.providers.records import Records, of_type
from lab.providers.stand_in import Values

KIND = "Microsoft.Network/virtualNetworks/subnets"
INTERFACES = "Microsoft.Network/networkInterfaces"
GROUPS = "Microsoft.Network/networkSecurityGroups"
NOT_IN_THE_LAB = ("delegations", "ipAllocations", "natGateway", "routeTable", "serviceEndpoints")


class Subnet(AzureType):
    """A subnet that is a resource of its own, not inline in its virtual network."""

    published_as = "azure-native:network:Subnet"
    kind = KIND
    named_by = "subnetName"
    within = ("virtualNetworkName",)
    has_location = False

    def __init__(self, cloud: Cloud, firewall: Firewall) -> None:
        super().__init__(cloud)
        self.firewall = firewall

    def build(self, records: Records, resource_id: str, inputs: Values, before: Values | None) -> Values:
        """Check it, and build its record."""
        network_id = resource_id.rpartition("/subnets/")[0]
        network = parent(records, network_id, inputs["virtualNetworkName"], self.what(inputs))
        ranges = parse_all(network["addressSpace"]["addressPrefixes"], self.what(inputs))
        return subnet_record(records, network_id, ranges, inputs | {"name": inputs[self.named_by]})

    def view(self, records: Records, record: Values) -> Values:
        """The interface configurations in it."""
        return {"ipConfigurations": users_of(records, record)} if users_of(records, record) else {}

    def release(self, records: Records, record: Values) -> None:
        """Refuse while an interface is in it."""
        refuse_used_subnet(records, record)

    def after(self, resource_id: str, before: Values | None) -> Values:
        """Make another security group effective at once."""
        self.firewall.apply()
        return super().after(resource_id, before)


def subnet_record(records: Records, network_id: str, ranges: list[Network], wanted: Values) -> Values:
    """The record of a subnet in a network with these ranges. Raises CloudError."""
    what = f"subnet {wanted['name']}"
    subnet_id = f"{network_id}/subnets/{wanted['name']}"
    if unknown := [name for name in NOT_IN_THE_LAB if wanted.get(name)]:
        raise CloudError(what, "NotInTheLab", f"the lab's subnets have no {', '.join(unknown)}")
    prefixes = wanted.get("addressPrefixes") or ([wanted["addressPrefix"]] if wanted.get("addressPrefix") else [])
    own = parse_all(prefixes, what)
    if not own:
        raise CloudError(what, "InvalidRequestFormat", "addressPrefix or addressPrefixes is required")
    others = [subnet for subnet in subnets_of(records, network_id) if not same_id(subnet["id"], subnet_id)]
    for network in own:
        check_subnet_size(network, what)
        if holder(network, ranges) is None:
            raise CloudError(
                what, "NetcfgInvalidSubnet", f"{network} is not within its virtual network's address space"
            )
        for other in others:
            if list(overlapping(network, subnet_ranges(other))):
                raise CloudError(what, "NetcfgSubnetRangesOverlap", f"{network} overlaps subnet {other['name']}")
    before = found(records, subnet_id)
    if before and any(network not in own for network in subnet_ranges(before)):
        users = [{"name": each["id"]} for each in users_of(records, before)]
        refuse_used(what, "InUsePrefixCannotBeDeleted", users, "its prefix can't be changed")
    group = reference(wanted.get("networkSecurityGroup"))
    if group:
        required(records, GROUPS, group, what)
    return {
        "id": subnet_id,
        "name": wanted["name"],
        "type": KIND,
        "azureApiVersion": API_VERSIONS["Microsoft.Network"],
        **({"addressPrefix": prefixes[0]} if len(prefixes) == 1 else {}),
        **({"addressPrefixes": list(prefixes)} if wanted.get("addressPrefixes") else {}),
        **({"networkSecurityGroup": {"id": group}} if group else {}),
        "defaultOutboundAccess": bool(wanted.get("defaultOutboundAccess", False)),
        "delegations": [],
        "privateEndpointNetworkPolicies": wanted.get("privateEndpointNetworkPolicies", "Disabled"),
        "privateLinkServiceNetworkPolicies": wanted.get("privateLinkServiceNetworkPolicies", "Enabled"),
        "provisioningState": "Succeeded",
        "_type": KIND,
        "_inputs": wanted,
        "_ranges": [str(network) for network in own],
    }


def subnets_of(records: Records, network_id: str) -> list[Values]:
    """All subnets of a virtual network."""
    return of_type(records, KIND, lambda each: same_id(each["id"].rpartition("/subnets/")[0], network_id))


def subnet_ranges(subnet: Values) -> list[Network]:
    """The ranges of a subnet."""
    return parse_all(subnet["_ranges"], subnet["name"])


def subnet_outputs(records: Records, subnet: Values) -> Values:
    """A subnet, as in the outputs of its virtual network."""
    hidden = ("azureApiVersion",)
    shown = {name: value for name, value in subnet.items() if not name.startswith("_") and name not in hidden}
    users = users_of(records, subnet)
    return shown | ({"ipConfigurations": users} if users else {})


def users_of(records: Records, subnet: Values) -> list[Values]:
    """References to the interface configurations with an address in a subnet."""
    return [
        {"id": each["id"]}
        for interface in of_type(records, INTERFACES)
        for each in interface["ipConfigurations"]
        if same_id(reference(each["subnet"]), subnet["id"])
    ]


def refuse_used_subnet(records: Records, subnet: Values) -> None:
    """Raise CloudError if an interface is in the subnet."""
    users = [{"name": each["id"]} for each in users_of(records, subnet)]
    what = f"subnet {subnet['name']}"
    refuse_used(what, "InUseSubnetCannotBeDeleted", users, "delete the interfaces in it first")
