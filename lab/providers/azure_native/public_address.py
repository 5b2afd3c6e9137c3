"""`azure-native.network.PublicIPAddress`: a public address for an interface."""

from ipaddress import ip_network

from lab.lab import IPV6_POOLS, PUBLIC_POOLS
from lab.providers.azure_native.azure_type import AzureType
from lab.providers.azure_native.cloud import CloudError, key, reference, refuse_used, same_id
from lab.providers.azure_native.firewall import INTERFACES
from lab.providers.records import Records, of_type
from lab.providers.stand_in import Values

KIND = "Microsoft.Network/publicIPAddresses"
POOLS = {"IPv4": PUBLIC_POOLS["azure"], "IPv6": IPV6_POOLS["azure"]}
FIRST = 4
"""The first address to allocate from a pool."""
NOT_IN_THE_LAB = ("ddosSettings", "ipTags", "linkedPublicIPAddress", "natGateway", "publicIPPrefix")


class PublicIPAddress(AzureType):
    """A public address. It is Standard and static: Azure retired Basic ones in 2025."""

    published_as = "azure-native:network:PublicIPAddress"
    kind = KIND
    named_by = "publicIpAddressName"
    replaced_by = frozenset({"location", "publicIPAddressVersion", "publicIPPrefix", "sku"})

    def build(self, records: Records, resource_id: str, inputs: Values, before: Values | None) -> Values:
        """Allocate an address from the pool, or keep the present one."""
        what = self.what(inputs)
        if unknown := [name for name in NOT_IN_THE_LAB if inputs.get(name)]:
            raise CloudError(what, "NotInTheLab", f"the lab's public addresses have no {', '.join(unknown)}")
        sku = inputs.get("sku") or {}
        if sku.get("name", "Basic") != "Standard":
            message = "Cannot create more than 0 Basic SKU public IP addresses; ask for sku.name Standard"
            raise CloudError(what, "IPv4BasicSkuPublicIpCountLimitReached", message)
        if inputs.get("publicIPAllocationMethod", "Dynamic") != "Static":
            message = "Standard sku publicIp must have AllocationMethod set to Static"
            raise CloudError(what, "PublicIPAddressWithStandardSkuMustHaveStaticAllocation", message)
        version = inputs.get("publicIPAddressVersion", "IPv4")
        if version not in POOLS:
            raise CloudError(what, "InvalidRequestFormat", f"publicIPAddressVersion is IPv4 or IPv6, not {version}")
        zones = inputs.get("zones")
        if before is not None and (before.get("zones") or []) != (zones or []):
            message = "the zones of a public address can't be changed"
            raise CloudError(what, "ResourceAvailabilityZonesCannotBeModified", message)
        labels = inputs.get("dnsSettings")
        return {
            **({"zones": zones} if zones else {}),
            **({"dnsSettings": labels} if labels else {}),
            "ipAddress": before["ipAddress"] if before else free_public_address(records, version),
            "idleTimeoutInMinutes": inputs.get("idleTimeoutInMinutes", 4),
            "publicIPAddressVersion": version,
            "publicIPAllocationMethod": "Static",
            "sku": {"name": "Standard", "tier": sku.get("tier", "Regional")},
            "ipTags": [],
        }

    def view(self, records: Records, record: Values) -> Values:
        """The interface that uses it."""
        user = user_of(records, record["id"])
        return {"ipConfiguration": {"id": user["id"]}} if user else {}

    def release(self, records: Records, record: Values) -> None:
        """Refuse while an interface uses it."""
        user = user_of(records, record["id"])
        users = [{"name": user["id"]}] if user else []
        refuse_used(
            f"public address {record['name']}",
            "PublicIPAddressCannotBeDeleted",
            users,
            "it is still allocated: take it from the interface first",
        )


def user_of(records: Records, address_id: str) -> Values | None:
    """The interface configuration that uses a public address."""
    for interface in of_type(records, INTERFACES):
        for configuration in interface["ipConfigurations"]:
            if same_id(reference(configuration.get("publicIPAddress")), address_id):
                return dict(configuration)
    return None


def free_public_address(records: Records, version: str) -> str:
    """The lowest free address of the pool."""
    taken = {record["ipAddress"] for record in of_type(records, KIND)}
    pool = ip_network(POOLS[version])
    usable = (str(pool[at]) for at in range(FIRST, min(pool.num_addresses, 2**16) - 1))
    return next(address for address in usable if address not in taken)


def public_address(records: Records, configuration: Values) -> str | None:
    """The public address of an interface's configuration."""
    record = records.get(key(reference(configuration.get("publicIPAddress"))))
    return record["ipAddress"] if record else None
