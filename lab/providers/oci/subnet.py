"""`oci.core.Subnet`: a part of a VCN, with the routes and packet filters of the instances in it."""

from ipaddress import IPv4Address, IPv4Network

from lab.providers.oci.cloud import Cloud, CloudError, Records, of_type, outputs_of, required
from lab.providers.oci.core_type import CoreType, refuse_used, same_vcn
from lab.providers.oci.firewall import Firewall
from lab.providers.oci.networks import holder, overlaps, parse
from lab.providers.stand_in import Values

NOT_IN_THE_LAB = ("ipv4cidrBlocks", "ipv6cidrBlock", "ipv6cidrBlocks")


class Subnet(CoreType):
    """A subnet. Private, if public addresses are prohibited in it."""

    published_as = "oci:Core/subnet:Subnet"
    kind = "subnet"
    unordered = frozenset({"securityListIds"})

    def __init__(self, cloud: Cloud, firewall: Firewall) -> None:
        super().__init__(cloud)
        self.firewall = firewall

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Make the subnet. Routes and lists that are not named are the VCN's default ones."""
        subnet_id = self.cloud.new_id(self.kind)
        record = self.common(inputs, subnet_id)
        what = f"subnet {record['displayName']}"
        if any(inputs.get(name) for name in NOT_IN_THE_LAB) or "cidrBlock" not in inputs:
            raise CloudError(f"{what}: 400-InvalidParameter: the lab's subnets have one range, in cidrBlock")
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
                "ipv6cidrBlock": "",
                "ipv6cidrBlocks": [],
                "ipv6virtualRouterIp": "",
                "prohibitInternetIngress": private,
                "prohibitPublicIpOnVnic": private,
                "routeTableId": inputs.get("routeTableId", vcn["defaultRouteTableId"]),
                "securityListIds": inputs.get("securityListIds", [vcn["defaultSecurityListId"]]),
                "subnetDomainName": f"{label}.{vcn['vcnDomainName']}" if label and vcn["vcnDomainName"] else "",
                "virtualRouterIp": str(gateway(network)),
                "virtualRouterMac": "00:00:17:00:00:01",
            }
            require_place(records, record, network, what)
            records[subnet_id] = record
        return subnet_id, outputs_of(record)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Change names, tags, routes and lists; the range too while nothing is in it."""
        with self.cloud.changing() as records:
            before = required(records, self.kind, resource_id, f"subnet {resource_id}")
            record = before | inputs
            what = f"subnet {record['displayName']}"
            if record["cidrBlock"] != before["cidrBlock"]:
                refuse_used(f"{what}: cidrBlock", instances_in(records, resource_id))
            record["ipv4cidrBlocks"] = [record["cidrBlock"]]
            del records[resource_id]
            network = parse(record["cidrBlock"], what)
            require_place(records, record, network, what)
            records[resource_id] = record | {"virtualRouterIp": str(gateway(network))}
        self.firewall.apply()
        return outputs_of(records[resource_id])

    def delete(self, resource_id: str, state: Values) -> None:
        """End it, once no instance is in it."""
        with self.cloud.changing() as records:
            refuse_used(f"subnet {state.get('displayName', resource_id)}", instances_in(records, resource_id))
            records.pop(resource_id, None)


def require_place(records: Records, subnet: Values, network: IPv4Network, what: str) -> None:
    """Raise CloudError unless the range is within the VCN and free, and routes and lists are of the VCN."""
    vcn = required(records, "vcn", subnet["vcnId"], what)
    if holder(network, vcn["cidrBlocks"]) is None:
        inside = ", ".join(vcn["cidrBlocks"])
        raise CloudError(f"{what}: 400-InvalidParameter: {network} is not within its VCN ({inside})")
    for other in of_type(records, "subnet", same_vcn(subnet["vcnId"])):
        if list(overlaps(network, [other["cidrBlock"]])):
            raise CloudError(f"{what}: 400-InvalidParameter: {network} overlaps subnet {other['displayName']}")
    if not subnet["securityListIds"]:
        raise CloudError(f"{what}: 400-InvalidParameter: a subnet has at least one security list")
    parts = [("routetable", subnet["routeTableId"]), *(("securitylist", ocid) for ocid in subnet["securityListIds"])]
    for kind, ocid in parts:
        if required(records, kind, ocid, what)["vcnId"] != subnet["vcnId"]:
            raise CloudError(f"{what}: 400-InvalidParameter: {kind} {ocid} is of another VCN")


def instances_in(records: Records, subnet_id: str) -> list[Values]:
    """Instances with an address in a subnet."""
    return of_type(records, "instance", lambda instance: bool(instance["_subnet"] == subnet_id))


def gateway(network: IPv4Network) -> IPv4Address:
    """The virtual router's address: the first one. Oracle keeps it, the network's own and the last one for itself."""
    return network.network_address + 1


def free_address(records: Records, subnet_id: str, subnet: Values, wanted: str | None, what: str) -> str:
    """The address wanted, or the lowest free one. Raises CloudError if it is taken, or none is left."""
    network = IPv4Network(subnet["cidrBlock"])
    taken = {instance["privateIp"] for instance in instances_in(records, subnet_id)}
    usable = (str(address) for address in network.hosts() if address != gateway(network))
    if wanted is None:
        found = next((address for address in usable if address not in taken), None)
        if found is None:
            raise CloudError(f"{what}: 400-LimitExceeded: no address is left in subnet {subnet['displayName']}")
        return found
    if wanted in taken or wanted not in usable:
        raise CloudError(f"{what}: 400-InvalidParameter: {wanted} is taken, or is not in {network}")
    return wanted
