"""Hosts in Oracle's cloud: instances that join the tailnet by themselves. The program reaches them only through it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi_oci import core, identity

from components.clouds.oracle.address import AddressArgs, assign
from components.clouds.oracle.capacity import explained
from components.clouds.oracle.host_settings import OracleHost as OracleSettings
from components.clouds.oracle.ipv6 import take_ipv6
from components.clouds.oracle.network import OracleNetwork, OracleNetworkArgs
from components.clouds.oracle.settings import Oracle
from components.hosts.args import HostsArgs
from components.hosts.host import Host
from components.hosts.new_host import NewHost, joined_host, new_host
from components.hosts.volume import Attached
from components.sdk import without_dependency

HERE = Path(__file__).parent
# Path of the first volume in Oracle's images. Other images lack its udev rules and use the kernel's names.
DEVICE = "/dev/oracleoci/oraclevdb"
SCRIPTS = (HERE / "open_firewall.sh", HERE / "await_internet.sh")
"""Scripts of a host's first boot, before it joins the tailnet."""


def create_hosts(args: HostsArgs, oracle: Oracle, hosts: Mapping[str, OracleSettings]) -> dict[str, Host]:
    """Hosts in Oracle's cloud, with their network."""
    visited = any("ingress" in host.roles for host in hosts.values())
    network = OracleNetwork("oracle", OracleNetworkArgs(oracle, args.visitors if visited else None))
    domains = identity.get_availability_domains_output(compartment_id=oracle.compartment or "")
    names = domains.availability_domains.apply(lambda found: [domain.name for domain in found])
    return {
        name: OracleHost(name, OracleHostArgs(args, oracle, settings, network, names)).host
        for name, settings in hosts.items()
    }


@dataclass(frozen=True)
class OracleHostArgs:
    """Arguments of all hosts, settings of Oracle's cloud, and the host's own settings."""

    shared: HostsArgs
    oracle: Oracle
    settings: OracleSettings
    network: OracleNetwork
    availability_domains: pulumi.Output[list[str]]
    """All domains of the region, for error messages."""


class OracleHost(pulumi.ComponentResource):
    """An instance that has joined the tailnet. It has no software of the cluster yet.

    A change of image, domains, user data or IPv6 does not affect an instance that exists: replacing all members of the
    database at once would lose it. To replace one, remove the host from the settings, run `up`, and add it again.
    """

    host: Host

    def __init__(self, name: str, args: OracleHostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:hosts:OracleHost", name, {"roles": sorted(args.settings.roles)}, opts)
        self._name, self._args = name, args
        new = new_host(name, args.shared, args.settings, self, scripts=SCRIPTS)
        instance = self._instance(new)
        oracle = args.oracle
        wanted = AddressArgs(instance, oracle.compartment or "", visited=self._is_ingress, ipv6=oracle.ipv6)
        assigned = assign(name, wanted, self)
        volume = self._volume(instance) if args.settings.volume_gb else None
        joined = joined_host(new, instance, self, after=(assigned.way_out,), public=assigned.public, volume=volume)
        self.host = take_ipv6(joined, args.network.router_ipv6, self)
        self.register_outputs({"address": self.host.address})

    @property
    def _is_ingress(self) -> bool:
        return "ingress" in self._args.settings.roles

    @property
    def _label(self) -> str:
        return f"{pulumi.get_stack()}-{self._name}"

    @property
    def _domain(self) -> str:
        return self._args.settings.availability_domain or self._args.oracle.availability_domain or ""

    def _instance(self, new: NewHost) -> core.Instance:
        wanted, oracle, network = self._args.settings, self._args.oracle, self._args.network
        return core.Instance(
            self._name,
            display_name=self._label,
            compartment_id=oracle.compartment or "",
            availability_domain=self._domain,
            fault_domain=wanted.fault_domain,
            shape=wanted.shape,
            shape_config=core.InstanceShapeConfigArgs(ocpus=wanted.ocpus, memory_in_gbs=wanted.memory_gb)
            if wanted.flexible
            else None,
            source_details=core.InstanceSourceDetailsArgs(
                source_type="image", source_id=self._image(), boot_volume_size_in_gbs=str(wanted.boot_volume_gb)
            ),
            create_vnic_details=core.InstanceCreateVnicDetailsArgs(
                subnet_id=network.subnet_id,
                hostname_label=_dns_name(self._name),
                assign_public_ip="false",  # address.py assigns it after this
                assign_ipv6ip=oracle.ipv6 or None,
                # Empty, not absent: without a list, Oracle leaves the interface in its present groups.
                nsg_ids=[network.visitors.id] if self._is_ingress and network.visitors else [],
            ),
            instance_options=core.InstanceInstanceOptionsArgs(are_legacy_imds_endpoints_disabled=True),
            metadata={"user_data": new.user_data},
            freeform_tags={"stack": pulumi.get_stack()},
            opts=pulumi.ResourceOptions.merge(
                pulumi.ResourceOptions(parent=self),
                new.options(
                    [
                        "metadata",
                        "availabilityDomain",
                        "faultDomain",
                        "sourceDetails.sourceId",
                        "createVnicDetails.assignIpv6ip",
                    ],
                    [explained(self._name, wanted, self._domain, self._args.availability_domains)],
                ),
            ),
        )

    def _image(self) -> pulumi.Input[str]:
        """The settings' image, or the newest of the family for this shape. An existing instance keeps its image."""
        wanted, oracle = self._args.settings, self._args.oracle
        pinned: str | None = getattr(oracle.image, wanted.architecture)
        if pinned or not oracle.system:
            return pinned or ""
        system, version = oracle.system
        found = core.get_images_output(
            compartment_id=oracle.compartment or "",
            operating_system=system,
            operating_system_version=version,
            shape=wanted.shape,
            state="AVAILABLE",
            sort_by="TIMECREATED",
            sort_order="DESC",
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        return found.images.apply(lambda images: _newest(images, oracle.image_family or "", wanted.shape))

    def _volume(self, instance: core.Instance) -> Attached:
        """A block volume for data. The program never deletes it, neither with the host nor with the stack."""
        wanted = self._args.settings
        volume = core.Volume(
            self._name,
            # The instance's own domain: the settings may have changed since. Without a dependency: a protected volume
            # would keep the instance from being destroyed.
            availability_domain=without_dependency(instance.availability_domain),
            compartment_id=self._args.oracle.compartment or "",
            display_name=self._label,
            size_in_gbs=str(wanted.volume_gb),
            freeform_tags={"stack": pulumi.get_stack()},
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        attachment = core.VolumeAttachment(
            self._name,
            attachment_type="paravirtualized",
            instance_id=instance.id,
            volume_id=volume.id,
            device=DEVICE,
            display_name=self._label,
            # No detach from a running instance: writes would be lost. A terminated one stops first, and detaches.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, deleted_with=instance),
        )
        return Attached((DEVICE,), wanted.volume_gb, (volume, attachment), self._label)


def _newest(images: list[core.outputs.GetImagesImageResult], family: str, shape: str) -> str:
    if not images:
        raise pulumi.RunError(
            f"oracle.image_family: Oracle has no image of {family} for {shape}. Give its OCID instead."
        )
    return images[0].id


def _dns_name(name: str) -> str:
    """The host's name in the subnet's DNS, which nothing here asks for. Oracle wants one of RFC 952 and of RFC 1123.

    The older of the two wants a letter first, and two characters at least. No host of the settings has a name with
    this beginning, unless its owner writes two hyphens.
    """
    return name if name[0].isalpha() and len(name) > 1 else f"host--{name}"
