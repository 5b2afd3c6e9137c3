"""Turns a machine's inputs into its record and a lab host: size, image, login, addresses, custom data."""

import base64
import time
from ipaddress import ip_address

from lab.hosts import AttachedVolume, HostSpec
from lab.providers.azure_native.cloud import CloudError, found, reference
from lab.providers.azure_native.disk import volume_of
from lab.providers.azure_native.firewall import interface_rules, network_ranges
from lab.providers.azure_native.interface import private_addresses, public_addresses
from lab.providers.azure_native.ranges import Network, gateway, holder
from lab.providers.azure_native.sizes import Size, size_of
from lab.providers.azure_native.subnet import subnet_ranges
from lab.providers.machines import Machines
from lab.providers.records import Records
from lab.providers.stand_in import Values

AGENT_KEY = "/etc/ssh/ssh_host_rsa_key.pub"
AGENT_SECONDS = 300.0


def checked_size(inputs: Values, region: str, what: str) -> Size:
    """The machine's size. Raises CloudError if it does not suit the image or the priority (Spot)."""
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
    """The architecture of a marketplace image, from its SKU. Raises CloudError if there is no image."""
    if missing := [part for part in ("publisher", "offer", "sku", "version") if not image.get(part)]:
        message = f"imageReference.{missing[0]} is missing: the lab starts machines from marketplace images"
        raise CloudError(what, "InvalidParameter", message)
    return "Arm64" if "arm64" in f"{image['offer']} {image['sku']}".lower() else "x64"


def system_of(image: Values) -> str:
    """HostSpec's `system` for a marketplace image. The publisher of Ubuntu's images is Canonical."""
    return "ubuntu" if str(image["publisher"]).lower() == "canonical" else "debian"


def computer_name(inputs: Values) -> str:
    """The machine's own host name."""
    return str((inputs.get("osProfile") or {}).get("computerName") or inputs["vmName"])


def shown_profile(profile: Values) -> Values:
    """osProfile as Azure returns it: without custom data."""
    return {
        "allowExtensionOperations": True,
        "requireGuestProvisionSignal": True,
        "secrets": [],
        **{name: value for name, value in profile.items() if name != "customData"},
    }


def host_spec(records: Records, machine: Values) -> HostSpec:
    """The lab host for a machine. Raises CloudError."""
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
            system=system_of(machine["storageProfile"]["imageReference"]),
        )
    except ValueError as error:
        raise CloudError(f"virtualMachines {machine['name']}", "NotInTheLab", str(error)) from None


def await_agent(machines: Machines, host: str, what: str) -> None:
    """Wait for an RSA host key, like Azure's agent. Raises CloudError if there is none: the machine has failed.

    The agent waits 1,800 seconds (Azure/WALinuxAgent, CloudInitProvisionHandler). The lab does not wait so long.
    """
    end = time.monotonic() + AGENT_SECONDS
    while not machines.has_file(host, AGENT_KEY):
        if time.monotonic() > end:
            message = (
                "OS Provisioning for VM did not finish in the allotted time: its agent waits for "
                f"{AGENT_KEY}, which nothing has made (cloud-init makes no keys beside those of ssh_keys)"
            )
            raise CloudError(what, "OSProvisioningTimedOut", message)
        time.sleep(0.2)


def range_of(address: str | None, ranges: list[Network]) -> Network | None:
    """The range that contains an address."""
    return next((each for each in ranges if address and ip_address(address) in each), None)


def attached(records: Records, disk: Values) -> AttachedVolume:
    """A data disk of the lab host, with both paths that Azure's images use for the disk at a LUN."""
    lun = disk["lun"]
    paths = (f"/dev/disk/azure/scsi1/lun{lun}", f"/dev/disk/azure/data/by-lun/{lun}")
    return AttachedVolume(volume_of(records, reference(disk["managedDisk"])), paths)
