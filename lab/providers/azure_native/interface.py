"""`azure-native.network.NetworkInterface`: a machine's place in a subnet, with its public addresses and its filter."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from lab.providers.azure_native.azure_type import AzureType
from lab.providers.azure_native.cloud import (
    Cloud,
    CloudError,
    found,
    normal_location,
    reference,
    refuse_used,
    required,
    same_id,
)
from lab.providers.azure_native.firewall import APPLICATION_GROUPS, INTERFACES, MACHINES, Firewall
from lab.providers.azure_native.public_address import KIND as PUBLIC_ADDRESSES
from lab.providers.azure_native.public_address import public_address
from lab.providers.azure_native.ranges import free_address
from lab.providers.azure_native.subnet import GROUPS, subnet_ranges
from lab.providers.azure_native.subnet import KIND as SUBNETS
from lab.providers.machines import Machines
from lab.providers.records import Records, of_type
from lab.providers.stand_in import Values

VERSIONS = {"IPv4": 4, "IPv6": 6}
NOT_IN_THE_LAB = ("extendedLocation", "privateLinkService", "nicType")
NOT_IN_CONFIGURATIONS = ("gatewayLoadBalancer", "loadBalancerBackendAddressPools", "loadBalancerInboundNatRules")


class NetworkInterface(AzureType):
    """A network card. Its first configuration is for IPv4. A second one can be for IPv6, in the same subnet."""

    published_as = "azure-native:network:NetworkInterface"
    kind = INTERFACES
    named_by = "networkInterfaceName"

    def __init__(self, cloud: Cloud, firewall: Firewall, machines: Machines) -> None:
        super().__init__(cloud)
        self.firewall = firewall
        self.machines = machines

    def build(self, records: Records, resource_id: str, inputs: Values, before: Values | None) -> Values:
        """Check subnet, group and public addresses, and allocate addresses in the subnet."""
        what = self.what(inputs)
        if unknown := [name for name in NOT_IN_THE_LAB if inputs.get(name)]:
            raise CloudError(what, "NotInTheLab", f"the lab's interfaces have no {', '.join(unknown)}")
        given = inputs.get("ipConfigurations") or []
        check_configurations(given, what)
        region = normal_location(inputs["location"])
        group = reference(inputs.get("networkSecurityGroup"))
        if group:
            require_same_region(required(records, GROUPS, group, what), region, what)
        place = Place(records, resource_id, region, before)
        configurations = [configuration_of(place, each, what) for each in given]
        if before and machine_with(records, resource_id) and addresses_in(configurations) != private_addresses(before):
            raise CloudError(what, "NotInTheLab", "the lab's machines keep their private addresses: replace it")
        return {
            **({"networkSecurityGroup": {"id": group}} if group else {}),
            "dnsSettings": {"appliedDnsServers": [], "dnsServers": [], **(inputs.get("dnsSettings") or {})},
            "enableAcceleratedNetworking": bool(inputs.get("enableAcceleratedNetworking", False)),
            "enableIPForwarding": bool(inputs.get("enableIPForwarding", False)),
            "defaultOutboundConnectivityEnabled": False,
            "ipConfigurations": configurations,
            "nicType": "Standard",
            "hostedWorkloads": [],
            "tapConfigurations": [],
        }

    def view(self, records: Records, record: Values) -> Values:
        """The machine that uses it."""
        machine = machine_with(records, record["id"])
        return {"primary": True, "virtualMachine": {"id": machine["id"]}} if machine else {}

    def release(self, records: Records, record: Values) -> None:
        """Refuse while a machine uses it."""
        machine = machine_with(records, record["id"])
        what = f"networkInterfaces {record['name']}"
        refuse_used(what, "NicInUse", [machine] if machine else [], "delete the virtual machine first")

    def after(self, resource_id: str, before: Values | None) -> Values:
        """Set its machine's public addresses and filter. The change is effective at once."""
        records = self.cloud.records()
        machine = machine_with(records, resource_id)
        if machine and machine["provisioningState"] != "Creating" and before is not None:
            record = self.required(records, resource_id)
            self.machines.set_public_addresses(machine["_host"], *public_addresses(records, record))
            self.firewall.apply()
        return super().after(resource_id, before)


def check_configurations(given: list[Values], what: str) -> None:
    """Raise CloudError unless there is a primary one for IPv4, and at most one for IPv6, with different names."""
    names = [str(each.get("name") or "") for each in given]
    versions = [each.get("privateIPAddressVersion", "IPv4") for each in given]
    if not all(names) or len({name.lower() for name in names}) < len(names):
        raise CloudError(what, "InvalidRequestFormat", "each of ipConfigurations needs a name of its own")
    if unknown := [version for version in versions if version not in VERSIONS]:
        raise CloudError(what, "InvalidRequestFormat", f"privateIPAddressVersion is IPv4 or IPv6, not {unknown[0]}")
    if versions.count("IPv4") != 1 or versions.count("IPv6") > 1:
        message = "the lab's interfaces have one IPv4 configuration, which Azure needs, and at most one for IPv6"
        raise CloudError(what, "NotInTheLab" if "IPv4" in versions else "NetworkInterfaceMustHaveIPv4", message)
    primary = [version for each, version in zip(given, versions, strict=True) if each.get("primary")]
    if primary not in (["IPv4"], []) or (not primary and len(given) > 1):
        message = "of several ipConfigurations just the one for IPv4 is primary"
        raise CloudError(what, "NetworkInterfaceMustHaveOnePrimaryIpConfiguration", message)


@dataclass(frozen=True)
class Place:
    """The context of an interface: all records, its own ID, its region, and its record before the change."""

    records: Records
    interface_id: str
    region: str
    before: Values | None

    def others(self) -> list[Values]:
        """All other interfaces."""
        return of_type(self.records, INTERFACES, lambda one: not same_id(one["id"], self.interface_id))

    def kept_address(self, name: str, subnet_id: str) -> str | None:
        """The address that its configuration with that name already has in a subnet."""
        for one in self.before["ipConfigurations"] if self.before else ():
            if one["name"] == name and same_id(reference(one["subnet"]), subnet_id):
                return str(one["privateIPAddress"])
        return None


def configuration_of(place: Place, given: Values, what: str) -> Values:
    """One configuration with its address. Raises CloudError."""
    version = given.get("privateIPAddressVersion", "IPv4")
    what = f"{what}, {given['name']}"
    if unknown := [name for name in NOT_IN_CONFIGURATIONS if given.get(name)]:
        raise CloudError(what, "NotInTheLab", f"the lab's interfaces have no {', '.join(unknown)}")
    subnet = required(place.records, SUBNETS, reference(given.get("subnet")), what)
    require_same_region(found(place.records, subnet["id"].rpartition("/subnets/")[0]) or {}, place.region, what)
    static = given.get("privateIPAllocationMethod", "Dynamic") == "Static"
    if static != bool(given.get("privateIPAddress")):
        message = "privateIPAddress goes with privateIPAllocationMethod Static, and only with that"
        raise CloudError(what, "IpConfigurationStaticPrivateIPAddressMismatch", message)
    public = reference(given.get("publicIPAddress"))
    if public:
        require_free_public_address(place, public, version, what)
    groups = [{"id": reference(group)} for group in given.get("applicationSecurityGroups") or ()]
    for group in groups:
        required(place.records, APPLICATION_GROUPS, group["id"], what)
    wanted = given.get("privateIPAddress") or place.kept_address(given["name"], subnet["id"])
    return {
        "id": f"{place.interface_id}/ipConfigurations/{given['name']}",
        "name": given["name"],
        "primary": bool(given.get("primary", version == "IPv4")),
        "privateIPAddress": own_address(place, subnet, version, wanted, what),
        "privateIPAddressVersion": version,
        "privateIPAllocationMethod": "Static" if static else "Dynamic",
        "provisioningState": "Succeeded",
        "subnet": {"id": subnet["id"]},
        "type": f"{INTERFACES}/ipConfigurations",
        **({"publicIPAddress": {"id": public}} if public else {}),
        **({"applicationSecurityGroups": groups} if groups else {}),
    }


def own_address(place: Place, subnet: Values, version: str, wanted: str | None, what: str) -> str:
    """A free address of the subnet. Raises CloudError."""
    networks = [each for each in subnet_ranges(subnet) if each.version == VERSIONS[version]]
    if not networks:
        raise CloudError(what, "SubnetHasNoPrefixOfIpVersion", f"subnet {subnet['name']} has no {version} prefix")
    taken = {
        each["privateIPAddress"]
        for interface in place.others()
        for each in interface["ipConfigurations"]
        if same_id(reference(each["subnet"]), subnet["id"])
    }
    network = next((each for each in networks if wanted and ip_address(wanted) in each), networks[0])
    return free_address(network, taken, wanted, what)


def require_free_public_address(place: Place, public: str, version: str, what: str) -> None:
    """Raise CloudError unless the public address exists, is free, and has this IP version and region."""
    record = required(place.records, PUBLIC_ADDRESSES, public, what)
    require_same_region(record, place.region, what)
    if record["publicIPAddressVersion"] != version:
        message = f"public address {record['name']} is {record['publicIPAddressVersion']}, its configuration {version}"
        raise CloudError(what, "PublicIpAndPrivateIpVersionMismatch", message)
    for interface in place.others():
        if any(same_id(reference(each.get("publicIPAddress")), public) for each in interface["ipConfigurations"]):
            message = f"public address {record['name']} is already allocated to {interface['id']}"
            raise CloudError(what, "PublicIPAddressInUse", message)


def require_same_region(record: Values, region: Any, what: str) -> None:
    """Raise CloudError if a resource is in another region."""
    if record.get("location") != region:
        message = f"{record.get('id')} is in {record.get('location')}, and it in {region}: both must be in one region"
        raise CloudError(what, "InvalidResourceReference", message)


def machine_with(records: Records, interface_id: str) -> Values | None:
    """The machine that uses an interface."""
    return next(iter(of_type(records, MACHINES, lambda one: same_id(one["_interface"], interface_id))), None)


def private_addresses(interface: Values) -> dict[int, str]:
    """An interface's addresses in its subnet, by IP version."""
    return addresses_in(interface["ipConfigurations"])


def addresses_in(configurations: list[Values]) -> dict[int, str]:
    """The private addresses of configurations, by IP version."""
    return {ip_address(each["privateIPAddress"]).version: each["privateIPAddress"] for each in configurations}


def public_addresses(records: Records, interface: Values) -> tuple[str | None, str | None]:
    """Its public addresses, IPv4 and IPv6."""
    by_version = {
        each["privateIPAddressVersion"]: public_address(records, each) for each in interface["ipConfigurations"]
    }
    return by_version.get("IPv4"), by_version.get("IPv6")
