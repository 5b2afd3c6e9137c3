"""From an instance's inputs to its record and to the host that it is: addresses, names, size, user data."""

import base64
import binascii
import re
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from lab.hosts import HostSpec
from lab.lab import PUBLIC_NETWORK
from lab.providers.oci.cloud import CloudError, Records, now, of_type, required
from lab.providers.oci.core_type import named
from lab.providers.oci.firewall import instance_rules
from lab.providers.oci.networks import holder, parse
from lab.providers.oci.shapes import Size, size_of
from lab.providers.oci.subnet import free_address, instances_in
from lab.providers.stand_in import Values

FIRST_PUBLIC = 10
"""The last part of the first public address that is given out."""
GIB = 1024**3
METADATA_BYTES = 32000


def new_record(records: Records, ocid: str, inputs: Values, region: str) -> Values:
    """The record of an instance that is about to be made, with its addresses taken. Raises CloudError."""
    name = named(inputs, ocid)
    what = f"instance {name}"
    vnic = inputs.get("createVnicDetails", {})
    subnet_id = vnic.get("subnetId", inputs.get("subnetId"))
    subnet = required(records, "subnet", subnet_id, what)
    private = free_address(records, subnet_id, subnet, vnic.get("privateIp"), what)
    public = free_public_address(records) if wants_public_address(vnic, subnet, what) else ""
    label = vnic.get("hostnameLabel", inputs.get("hostnameLabel", ""))
    require_free_label(records, subnet_id, label, what)
    size = size_of(inputs.get("shape"), inputs.get("shapeConfig", {}))
    return defaults() | {
        **inputs,
        "bootVolumeId": f"ocid1.bootvolume.oc1.{region}.{ocid.rsplit('.', 1)[1]}",
        "createVnicDetails": {"displayName": name}
        | vnic_defaults()
        | vnic
        | {
            "assignPublicIp": "true" if public else "false",
            "hostnameLabel": label,
            "privateIp": private,
            "subnetId": subnet_id,
        },
        "displayName": name,
        "hostnameLabel": label,
        "image": inputs.get("sourceDetails", {}).get("sourceId", inputs.get("image", "")),
        "privateIp": private,
        "publicIp": public,
        "region": region,
        "shapeConfig": shape_config(size),
        "sourceDetails": {"bootVolumeVpusPerGb": "10"} | inputs.get("sourceDetails", {}),
        "state": "PROVISIONING",
        "subnetId": subnet_id,
        "timeCreated": now(),
        "_type": "instance",
        "_host": host_name(records, label or name, ocid),
        "_subnet": subnet_id,
    }


def defaults() -> Values:
    """Outputs of an instance about which the program said nothing."""
    empty = ("agentConfig", "availabilityConfig", "definedTags", "extendedMetadata", "freeformTags", "instanceOptions")
    more = ("launchOptions", "licensingConfigs", "metadata", "placementConstraintDetails", "platformConfig")
    objects = (*empty, *more, "preemptibleInstanceConfig", "securityAttributes", "systemTags")
    texts = ("capacityReservationId", "clusterPlacementGroupId", "computeClusterId", "dedicatedVmHostId")
    other = ("instanceConfigurationId", "ipxeScript", "timeMaintenanceRebootDue", "updateOperationConstraint")
    flags = ("async", "isAiEnterpriseEnabled", "isCrossNumaNode", "isPvEncryptionInTransitEnabled")
    return {
        **{name: {} for name in objects},
        **dict.fromkeys((*texts, *other), ""),
        **dict.fromkeys((*flags, "preserveBootVolume", "preserveDataVolumesCreatedAtLaunch"), False),
        "faultDomain": "FAULT-DOMAIN-1",
        "launchMode": "PARAVIRTUALIZED",
        "launchVolumeAttachments": [],
        "securityAttributesState": "STABLE",
    }


def vnic_defaults() -> Values:
    """What a network card has about which the program said nothing."""
    return {"definedTags": {}, "freeformTags": {}, "nsgIds": [], "skipSourceDestCheck": False}


def shape_config(size: Size) -> Values:
    """The size as the published provider shows it."""
    return {
        "baselineOcpuUtilization": "",
        "gpus": 0,
        "localDisks": 0,
        "maxVnicAttachments": 2,
        "memoryInGbs": size.memory_gb,
        "ocpus": size.ocpus,
        "vcpus": int(size.ocpus * size.shape.threads),
    }


def wants_public_address(vnic: Values, subnet: Values, what: str) -> bool:
    """Whether to give a public address: as asked for, else as the subnet permits."""
    allowed = not subnet["prohibitPublicIpOnVnic"]
    wanted = str(vnic.get("assignPublicIp", allowed)).lower() == "true"
    if wanted and not allowed:
        raise CloudError(f"{what}: 400-InvalidParameter: subnet {subnet['displayName']} prohibits public addresses")
    return wanted


def free_public_address(records: Records) -> str:
    """The lowest public address that no instance has."""
    taken = {instance["publicIp"] for instance in of_type(records, "instance")}
    network = IPv4Network(PUBLIC_NETWORK)
    usable = (str(network[index]) for index in range(FIRST_PUBLIC, network.num_addresses - 1))
    return next(address for address in usable if address not in taken)


def require_free_label(records: Records, subnet_id: str, label: str, what: str) -> None:
    """Raise CloudError for a host name that is taken in its subnet, or that has no DNS domain to be in."""
    if not label:
        return
    if not records[subnet_id]["subnetDomainName"]:
        raise CloudError(f"{what}: 400-InvalidParameter: hostnameLabel needs a dnsLabel of subnet and VCN")
    if any(instance["hostnameLabel"].lower() == label.lower() for instance in instances_in(records, subnet_id)):
        raise CloudError(f"{what}: 409-Conflict: hostnameLabel {label} is taken in its subnet")


def host_name(records: Records, name: str, ocid: str) -> str:
    """The host's name in the lab: the instance's as a DNS label, with part of its id where another has that name."""
    label = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:58] or "instance"
    taken = {instance["_host"] for instance in of_type(records, "instance")}
    return f"{label}-{ocid[-4:]}" if label in taken else label


def host_spec(records: Records, ocid: str) -> HostSpec:
    """The host that an instance is. Raises CloudError."""
    record = records[ocid]
    subnet = records[record["_subnet"]]
    metadata: dict[str, Any] = record["metadata"]
    size = record["shapeConfig"]
    try:
        return HostSpec(
            name=record["_host"],
            private_address=record["privateIp"],
            subnet=subnet["cidrBlock"],
            gateway=subnet["virtualRouterIp"],
            network=holder(parse(subnet["cidrBlock"], ""), records[subnet["vcnId"]]["cidrBlocks"]) or "",
            public_address=record["publicIp"] or None,
            user_data=base64.b64decode(metadata.get("user_data", "")),
            authorized_keys=tuple(metadata.get("ssh_authorized_keys", "").splitlines()),
            instance_id=ocid,
            firewall=instance_rules(records, subnet),
            memory_bytes=int(size["memoryInGbs"] * GIB),
            cpus=size["vcpus"],
        )
    except ValueError as error:
        raise CloudError(f"instance {record['displayName']}: {error}") from None


def metadata_problems(metadata: Values) -> Iterator[str]:
    """What Oracle refuses of metadata: more than 32,000 bytes, and user data that is not base64."""
    size = sum(len(text.encode()) for pair in metadata.items() for text in pair if isinstance(text, str))
    if size > METADATA_BYTES:
        yield f"metadata is {size} bytes long, of which user_data may be most: at most {METADATA_BYTES}"
    user_data = metadata.get("user_data", "")
    try:
        if isinstance(user_data, str):
            base64.b64decode(user_data, validate=True)
    except binascii.Error:
        yield "metadata.user_data is not in base64"
