"""From a machine's inputs to its record and to the host that it is: size, image, login, addresses, custom data."""

import base64
from ipaddress import ip_address

from lab.hosts import AttachedVolume, HostSpec
from lab.providers.azure_native.cloud import CloudError, found, reference
from lab.providers.azure_native.disk import volume_of
from lab.providers.azure_native.firewall import interface_rules, network_ranges
from lab.providers.azure_native.interface import private_addresses, public_addresses
from lab.providers.azure_native.ranges import Network, gateway, holder
from lab.providers.azure_native.sizes import Size, size_of
from lab.providers.azure_native.subnet import subnet_ranges
from lab.providers.records import Records
from lab.providers.stand_in import Values


def checked_size(inputs: Values, region: str, what: str) -> Size:
    """The machine's size, which must fit its image and its kind. Raises CloudError."""
    name = (inputs.get("hardwareProfile") or {}).get("vmSize")
    if not name:
        raise CloudError(what, "InvalidParameter", "Required parameter 'hardwareProfile.vmSize' is missing (null)")
    size = size_of(name, region, what)
    image = image_architecture((inputs.get("storageProfile") or {}).get("imageReference") or {}, what)
    if image != size.architecture:
        message = (
            f"Cannot create a VM of size '{size.name}' because this VM size only supports a CPU Architecture of"
            f" '{size.architecture}', but an image or disk with CPU Architecture '{image}' was given"
        )
        raise CloudError(what, "BadRequest", message)
    priority, policy = inputs.get("priority", "Regular"), inputs.get("evictionPolicy")
    if priority not in ("Regular", "Spot"):
        raise CloudError(what, "InvalidParameter", f"priority of a single machine is Regular or Spot, not {priority}")
    if priority == "Spot" and not size.spot:
        message = f"The requested VM size {size.name} can't be of priority Spot: burstable sizes (B…) can't"
        raise CloudError(what, "OperationNotAllowed", message)
    if policy and priority != "Spot":
        message = "Eviction policy can be set only on Azure Spot Virtual Machines."
        raise CloudError(what, "OperationNotAllowed", message)
    return size


def image_architecture(image: Values, what: str) -> str:
    """The architecture that a marketplace image's sku tells. Raises CloudError for no image."""
    if missing := [part for part in ("publisher", "offer", "sku", "version") if not image.get(part)]:
        message = f"imageReference.{missing[0]} is missing: the lab starts machines from marketplace images"
        raise CloudError(what, "InvalidParameter", message)
    return "Arm64" if "arm64" in f"{image['offer']} {image['sku']}".lower() else "x64"


def computer_name(inputs: Values) -> str:
    """The name that the machine has for itself."""
    return str((inputs.get("osProfile") or {}).get("computerName") or inputs["vmName"])


def shown_profile(profile: Values) -> Values:
    """osProfile as Azure shows it: never with custom data."""
    return {
        "allowExtensionOperations": True,
        "requireGuestProvisionSignal": True,
        "secrets": [],
        **{name: value for name, value in profile.items() if name != "customData"},
    }


def host_spec(records: Records, machine: Values) -> HostSpec:
    """The host that a machine is. Raises CloudError."""
    interface = found(records, machine["_interface"]) or {}
    subnet = found(records, reference(interface["ipConfigurations"][0]["subnet"])) or {}
    profile: Values = machine["_inputs"]["osProfile"]
    size = size_of(machine["hardwareProfile"]["vmSize"], machine["location"], machine["name"])
    private, network = private_addresses(interface), network_ranges(records, subnet)
    public_address, public_ipv6 = public_addresses(records, interface)
    own = range_of(private[4], subnet_ranges(subnet))
    own_6 = range_of(private.get(6), subnet_ranges(subnet))
    try:
        return HostSpec(
            name=machine["_host"],
            cloud="azure",
            private_address=private[4],
            subnet=str(own),
            gateway=str(gateway(own)) if own else "",
            network=str(holder(own, network) or own) if own else "",
            public_address=public_address,
            ipv6=private.get(6),
            ipv6_subnet=str(own_6 or ""),
            ipv6_network=str(holder(own_6, network) or own_6) if own_6 else "",
            public_ipv6=public_ipv6,
            user_data=base64.b64decode(profile.get("customData") or ""),
            authorized_keys=tuple(
                each["keyData"].strip() for each in profile["linuxConfiguration"]["ssh"]["publicKeys"]
            ),
            instance_id=machine["vmId"],
            firewall=interface_rules(records, interface),
            memory_bytes=int(size.memory_gb * 1024**3),
            cpus=size.cpus,
            volumes=tuple(attached(records, disk) for disk in machine["storageProfile"]["dataDisks"]),
        )
    except ValueError as error:
        raise CloudError(f"virtualMachines {machine['name']}", "NotInTheLab", str(error)) from None


def range_of(address: str | None, ranges: list[Network]) -> Network | None:
    """The range that an address is in."""
    return next((each for each in ranges if address and ip_address(address) in each), None)


def attached(records: Records, disk: Values) -> AttachedVolume:
    """A data disk as the machine has it: both paths by which Azure's images name the disk at a lun."""
    lun = disk["lun"]
    paths = (f"/dev/disk/azure/scsi1/lun{lun}", f"/dev/disk/azure/data/by-lun/{lun}")
    return AttachedVolume(volume_of(records, reference(disk["managedDisk"])), paths)
