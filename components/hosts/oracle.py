"""Hosts in Oracle's cloud: instances that join the tailnet by themselves, and are reached by it only."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pulumi
from pulumi_oci import core, identity

from components.hosts.args import HostsArgs
from components.hosts.host import Host
from components.hosts.newcomer import Newcomer, arrived, newcomer
from components.hosts.oracle_address import AddressArgs, assign
from components.hosts.oracle_capacity import explained
from components.hosts.oracle_network import OracleNetwork
from components.hosts.volume import Attached
from components.settings.hosts import OracleHost as OracleSettings

HERE = Path(__file__).parent
# Oracle's images name the first volume so; others, without its rules for udev, by the system's own names.
DEVICE = "/dev/oracleoci/oraclevdb"
SCRIPTS = (HERE / "open_firewall.sh", HERE / "await_internet.sh")
"""What a host does at its first start, before it joins."""


def create(args: HostsArgs, hosts: Mapping[str, OracleSettings]) -> dict[str, Host]:
    """The hosts of this cloud, and their network."""
    network = OracleNetwork("oracle", args, for_visitors=any("ingress" in host.roles for host in hosts.values()))
    domains = identity.get_availability_domains_output(compartment_id=args.settings.oracle.compartment or "")
    names = domains.availability_domains.apply(lambda found: [domain.name for domain in found])
    return {
        name: OracleHost(name, OracleHostArgs(args, settings, network, names)).host for name, settings in hosts.items()
    }


@dataclass(frozen=True)
class OracleHostArgs:
    """What all hosts share, the host's own settings, and what Oracle's have in common."""

    shared: HostsArgs
    settings: OracleSettings
    network: OracleNetwork
    availability_domains: pulumi.Output[list[str]]
    """All of the region, to name in an error."""


class OracleHost(pulumi.ComponentResource):
    """An instance that has joined the tailnet, and nothing more.

    Settings that only a new instance can have (image, domains, user data, IPv6) don't touch one that is there: members
    of a database are replaced one by one, on purpose. Take a host out of the settings, then put it in again.
    """

    host: Host

    def __init__(self, name: str, args: OracleHostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:hosts:OracleHost", name, None, opts)
        self._name, self._args = name, args
        new = newcomer(name, args.shared, self, scripts=SCRIPTS)
        instance = self._instance(new)
        oracle = args.shared.settings.oracle
        wanted = AddressArgs(instance, oracle.compartment or "", visited=self._is_ingress, ipv6=oracle.ipv6)
        assigned = assign(name, wanted, self)
        volume = self._volume(instance) if args.settings.volume_gb else None
        self.host = arrived(new, instance, self, after=(assigned.way_out,), public=assigned.public, volume=volume)
        self.register_outputs({"address": self.host.address})

    @property
    def _is_ingress(self) -> bool:
        return "ingress" in self._args.settings.roles

    @property
    def _label(self) -> str:
        return f"{pulumi.get_stack()}-{self._name}"

    @property
    def _domain(self) -> str:
        return self._args.settings.availability_domain or self._args.shared.settings.oracle.availability_domain or ""

    def _instance(self, new: Newcomer) -> core.Instance:
        wanted, oracle, network = self._args.settings, self._args.shared.settings.oracle, self._args.network
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
                hostname_label=self._name,
                assign_public_ip="false",  # it comes next, by itself
                assign_ipv6ip=oracle.ipv6 or None,
                # Empty, not absent: Oracle leaves an interface in the groups that it is not told to take it out of.
                nsg_ids=[network.visitors.id] if self._is_ingress and network.visitors else [],
            ),
            instance_options=core.InstanceInstanceOptionsArgs(are_legacy_imds_endpoints_disabled=True),
            metadata={"user_data": new.user_data},
            freeform_tags={"stack": pulumi.get_stack()},
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[new.device],
                ignore_changes=[
                    "metadata",
                    "availabilityDomain",
                    "faultDomain",
                    "sourceDetails.sourceId",
                    "createVnicDetails.assignIpv6ip",
                ],
                delete_before_replace=True,
                hooks=explained(self._name, wanted, self._domain, self._args.availability_domains),
            ),
        )

    def _image(self) -> pulumi.Input[str]:
        """The settings' image, or the newest of their family for this shape; an instance keeps the one it has."""
        wanted, oracle = self._args.settings, self._args.shared.settings.oracle
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
        """A block volume that is never deleted by the program: neither with the host nor with the stack."""
        wanted = self._args.settings
        volume = core.Volume(
            self._name,
            # Where the instance is, which may be elsewhere than the settings say by now.
            availability_domain=_without_dependency(instance.availability_domain),
            compartment_id=self._args.shared.settings.oracle.compartment or "",
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
            # An instance that ends is stopped in order, and lets go of its volumes; one that runs would lose writes.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, deleted_with=instance),
        )
        return Attached((DEVICE,), wanted.volume_gb, (volume, attachment), self._label)


def _without_dependency(output: pulumi.Output[str]) -> pulumi.Output[str]:
    """The same value at the same time, without a dependency in the stack's state.

    There, a volume that is protected would protect all that it depends on from `pulumi destroy --exclude-protected`.
    """
    return pulumi.Output(set(), cast(Awaitable[str], output.future()), output.is_known(), output.is_secret())


def _newest(images: list[core.outputs.GetImagesImageResult], family: str, shape: str) -> str:
    if not images:
        raise pulumi.RunError(
            f"oracle.image_family: Oracle has no image of {family} for {shape}. Give its OCID instead."
        )
    return images[0].id
