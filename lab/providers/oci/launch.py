"""Turns an instance's inputs into its record, and the record into a lab host: addresses, names, size, user data."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from typing import Any

from lab.hosts import AttachedVolume, HostSpec
from lab.providers.oci.addresses import free_address, free_public_address, instances_in
from lab.providers.oci.cloud import CloudError, Records, now, of_type, required
from lab.providers.oci.core_type import named
from lab.providers.oci.firewall import instance_rules
from lab.providers.oci.images import require_fit, system_of
from lab.providers.oci.network_security_group import require_group
from lab.providers.oci.networks import holder, parse
from lab.providers.oci.shapes import Size, size_of
from lab.providers.oci.vnic import ipv6_of, private_ip_id, public_address_of, vnic_id
from lab.providers.stand_in import Values

GIB = 1024**3
METADATA_BYTES = 32000
DNS_NAME = r"[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
"""A host name by RFC 952 and RFC 1123. RFC 952 requires a letter first, and at least two characters."""
BOOT_GB = "47"
"""The default size of a boot volume: the image's."""


def new_record(records: Records, ocid: str, inputs: Values, region: str) -> Values:
    """The record of a new instance. Allocates its addresses. Raises CloudError."""
    name = named(inputs, ocid)
    what = f"instance {name}"
    vnic = inputs.get("createVnicDetails", {})
    subnet_id = vnic.get("subnetId", inputs.get("subnetId"))
    subnet = required(records, "subnet", subnet_id, what)
    private = free_address(records, subnet_id, subnet, vnic.get("privateIp"), what)
    public = free_public_address(records, what) if wants_public_address(vnic, subnet, what) else ""
    image = inputs.get("sourceDetails", {}).get("sourceId", inputs.get("image", ""))
    require_fit(image, inputs.get("shape"), what)
    require_groups(records, vnic.get("nsgIds") or (), subnet, what)
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
        "image": image,
        "privateIp": private,
        "publicIp": public,
        "region": region,
        "shapeConfig": shape_config(size),
        "sourceDetails": {"bootVolumeSizeInGbs": BOOT_GB, "bootVolumeVpusPerGb": "10"}
        | inputs.get("sourceDetails", {}),
        "state": "PROVISIONING",
        "subnetId": subnet_id,
        "timeCreated": now(),
        "_type": "instance",
        "_host": host_name(records, label or name, ocid),
        "_subnet": subnet_id,
        "_vnic": vnic_id(ocid),
        "_private_ip": private_ip_id(ocid),
        "_ephemeral": public,
    }


def defaults() -> Values:
    """Default outputs of an instance."""
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
    """Default outputs of a network card."""
    return {"definedTags": {}, "freeformTags": {}, "nsgIds": [], "skipSourceDestCheck": False}


def shape_config(size: Size) -> Values:
    """The size in the published provider's format."""
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
    """Whether to assign a public address: as the inputs say, else if the subnet allows it."""
    allowed = not subnet["prohibitPublicIpOnVnic"]
    wanted = str(vnic.get("assignPublicIp", allowed)).lower() == "true"
    if wanted and not allowed:
        raise CloudError(f"{what}: 400-InvalidParameter: subnet {subnet['displayName']} prohibits public addresses")
    return wanted


def require_groups(records: Records, group_ids: Iterable[str], subnet: Values, what: str) -> None:
    """Raise CloudError unless all network security groups exist, in the subnet's VCN."""
    for group_id in group_ids:
        require_group(records, group_id, subnet["vcnId"], what)


def require_free_label(records: Records, subnet_id: str, label: str, what: str) -> None:
    """Raise CloudError if a host name is taken in its subnet, or if the subnet has no DNS domain."""
    if not label:
        return
    if not re.fullmatch(DNS_NAME, label):
        raise CloudError(f"{what}: 400-InvalidParameter: hostnameLabel {label} is no name by RFC 952 and RFC 1123")
    if not records[subnet_id]["subnetDomainName"]:
        raise CloudError(f"{what}: 400-InvalidParameter: hostnameLabel needs a dnsLabel of subnet and VCN")
    if any(instance["hostnameLabel"].lower() == label.lower() for instance in instances_in(records, subnet_id)):
        raise CloudError(f"{what}: 409-Conflict: hostnameLabel {label} is taken in its subnet")


def host_name(records: Records, name: str, ocid: str) -> str:
    """The host's name in the lab: the instance's name as a DNS label. If it is taken, with a part of the ID."""
    label = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:58] or "instance"
    taken = {instance["_host"] for instance in of_type(records, "instance")}
    return f"{label}-{ocid[-4:]}" if label in taken else label


def host_spec(records: Records, ocid: str) -> HostSpec:
    """The lab host for an instance. Raises CloudError."""
    record = records[ocid]
    subnet = records[record["_subnet"]]
    metadata: dict[str, Any] = record["metadata"]
    size = record["shapeConfig"]
    ipv6 = next(iter(ipv6_of(records, record)), None)
    vcn = records[subnet["vcnId"]]
    system, files = system_of(record["image"])
    try:
        return HostSpec(
            name=record["_host"],
            private_address=record["privateIp"],
            subnet=subnet["cidrBlock"],
            gateway=subnet["virtualRouterIp"],
            network=holder(parse(subnet["cidrBlock"], ""), vcn["cidrBlocks"]) or "",
            public_address=public_address_of(records, record) or None,
            user_data=base64.b64decode(metadata.get("user_data", "")),
            authorized_keys=tuple(metadata.get("ssh_authorized_keys", "").splitlines()),
            instance_id=ocid,
            firewall=instance_rules(records, record),
            memory_bytes=int(size["memoryInGbs"] * GIB),
            cpus=size["vcpus"],
            cloud="oracle",
            ipv6=ipv6["ipAddress"] if ipv6 else None,
            ipv6_subnet=ipv6["ipv6subnetCidr"] if ipv6 else "",
            ipv6_network=vcn["ipv6cidrBlocks"][0] if ipv6 else "",
            volumes=volumes_of(records, ocid),
            system=system,
            files=files,
        )
    except ValueError as error:
        raise CloudError(f"instance {record['displayName']}: {error}") from None


def volumes_of(records: Records, ocid: str) -> tuple[AttachedVolume, ...]:
    """The volumes attached to an instance."""
    attached = of_type(records, "volumeattachment", lambda one: bool(one["instanceId"] == ocid))
    return tuple(AttachedVolume(one["volumeId"], tuple(one["_paths"])) for one in attached)


def metadata_problems(metadata: Values) -> Iterator[str]:
    """Reasons why Oracle refuses metadata: more than 32,000 bytes, or user data that is not base64."""
    size = sum(len(text.encode()) for pair in metadata.items() for text in pair if isinstance(text, str))
    if size > METADATA_BYTES:
        yield f"metadata is {size} bytes long, of which user_data may be most: at most {METADATA_BYTES}"
    user_data = metadata.get("user_data", "")
    try:
        if isinstance(user_data, str):
            base64.b64decode(user_data, validate=True)
    except binascii.Error:
        yield "metadata.user_data is not in base64"
