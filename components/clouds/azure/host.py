"""Hosts in Azure: virtual machines that join the tailnet by themselves. The program reaches them only through it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
from pulumi_azure_native import compute, network

from components.clouds.azure.host_settings import AzureHost as AzureSettings
from components.clouds.azure.network import AzureNetwork, AzureNetworkArgs
from components.clouds.azure.settings import Azure
from components.hosts.args import HostsArgs
from components.hosts.host import Host, PublicAddresses
from components.hosts.new_host import NewHost, joined_host, new_host
from components.hosts.volume import Attached

SCRIPTS = (Path(__file__).parent / "host_key.sh",)
"""Scripts of a host's first boot, before it joins the tailnet."""
LUN = 0
# Device paths under Azure's older udev rules, and under the newer ones, which support NVMe.
DEVICES = (f"/dev/disk/azure/scsi1/lun{LUN}", f"/dev/disk/azure/data/by-lun/{LUN}")


def create_hosts(args: HostsArgs, azure: Azure, hosts: Mapping[str, AzureSettings]) -> dict[str, Host]:
    """Hosts in Azure, with their network."""
    visited = any("ingress" in host.roles for host in hosts.values())
    network = AzureNetwork("azure", AzureNetworkArgs(azure, args.visitors if visited else None))
    return {
        name: AzureHost(name, AzureHostArgs(args, azure, settings, network)).host for name, settings in hosts.items()
    }


@dataclass(frozen=True)
class AzureHostArgs:
    """Arguments of all hosts, settings of Azure, the host's own settings, and the network."""

    shared: HostsArgs
    azure: Azure
    settings: AzureSettings
    network: AzureNetwork


class AzureHost(pulumi.ComponentResource):
    """A virtual machine that has joined the tailnet, and nothing more.

    Settings that only a new machine can have (image, user data) don't touch one that is there. Nobody logs in by a
    password, and by a key only with the one that the operator has.
    """

    host: Host

    def __init__(self, name: str, args: AzureHostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:hosts:AzureHost", name, {"roles": sorted(args.settings.roles)}, opts)
        self._name, self._args, self._children = name, args, pulumi.ResourceOptions(parent=self)
        zone = args.settings.zone
        self._zones = [str(zone)] if zone else None
        self._shared: dict[str, Any] = {
            "resource_group_name": args.network.group.name,
            "location": args.azure.location,
            "tags": {"stack": pulumi.get_stack()},
        }
        new = new_host(name, args.shared, args.settings, self, scripts=SCRIPTS)
        ipv4 = self._address("IPv4")
        ipv6 = self._address("IPv6") if args.azure.ipv6 else None
        disk = self._disk() if args.settings.volume_gb else None
        machine = self._machine(new, self._interface(ipv4, ipv6), disk)
        volume = Attached(DEVICES, args.settings.volume_gb, (disk, machine), self._data_label) if disk else None
        public = PublicAddresses()
        if "ingress" in args.settings.roles:
            public = PublicAddresses(_known(ipv4), _known(ipv6) if ipv6 else None)
        self.host = joined_host(new, machine, self, public=public, volume=volume)
        self.register_outputs({"address": self.host.address})

    @property
    def _label(self) -> str:
        return f"{pulumi.get_stack()}-{self._name}"

    @property
    def _data_label(self) -> str:
        return f"{self._label}-data"

    def _address(self, family: str) -> network.PublicIPAddress:
        """A public address. Every host needs one, for outgoing connections, too."""
        suffix = family.lower()
        return network.PublicIPAddress(
            f"{self._name}-{suffix}",
            public_ip_address_name=f"{self._label}-{suffix}",
            sku=network.PublicIPAddressSkuArgs(name="Standard"),
            public_ip_allocation_method="Static",
            public_ip_address_version=family,
            zones=self._zones,
            opts=self._children,
            **self._shared,
        )

    def _interface(
        self, ipv4: network.PublicIPAddress, ipv6: network.PublicIPAddress | None
    ) -> network.NetworkInterface:
        net = self._args.network
        group = net.visited if "ingress" in self._args.settings.roles and net.visited else net.closed
        return network.NetworkInterface(
            self._name,
            network_interface_name=self._label,
            ip_configurations=[
                network.NetworkInterfaceIPConfigurationArgs(
                    name=family.lower(),
                    primary=family == "IPv4",
                    subnet=network.SubnetArgs(id=net.subnet_id),
                    private_ip_address_version=family,
                    private_ip_allocation_method="Dynamic",
                    public_ip_address=network.PublicIPAddressArgs(id=address.id),
                )
                for family, address in (("IPv4", ipv4), ("IPv6", ipv6))
                if address
            ],
            network_security_group=network.NetworkSecurityGroupArgs(id=group.id),
            opts=self._children,
            **self._shared,
        )

    def _disk(self) -> compute.Disk:
        """A disk for data. The program never deletes it, neither with the host nor with the stack."""
        return compute.Disk(
            self._name,
            disk_name=self._data_label,
            creation_data=compute.CreationDataArgs(create_option="Empty"),
            disk_size_gb=self._args.settings.volume_gb,
            sku=compute.DiskSkuArgs(name="StandardSSD_LRS"),
            zones=self._zones,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
            **self._shared,
        )

    def _machine(
        self, new: NewHost, interface: network.NetworkInterface, disk: compute.Disk | None
    ) -> compute.VirtualMachine:
        wanted, operator = self._args.settings, self._args.shared.operator
        home = f"/home/{operator.user}"
        return compute.VirtualMachine(
            self._name,
            vm_name=self._label,
            hardware_profile=compute.HardwareProfileArgs(vm_size=wanted.size),
            priority="Spot" if wanted.spot else None,
            eviction_policy="Deallocate" if wanted.spot else None,
            billing_profile=compute.BillingProfileArgs(max_price=-1) if wanted.spot else None,  # up to the full price
            network_profile=compute.NetworkProfileArgs(
                network_interfaces=[compute.NetworkInterfaceReferenceArgs(id=interface.id, primary=True)]
            ),
            os_profile=compute.OSProfileArgs(
                computer_name=self._name,
                admin_username=operator.user,
                custom_data=new.user_data,
                linux_configuration=compute.LinuxConfigurationArgs(
                    disable_password_authentication=True,
                    ssh=compute.SshConfigurationArgs(
                        public_keys=[
                            compute.SshPublicKeyArgs(path=f"{home}/.ssh/authorized_keys", key_data=operator.public_key)
                        ]
                    ),
                ),
            ),
            storage_profile=compute.StorageProfileArgs(
                image_reference=self._image(),
                os_disk=compute.OSDiskArgs(
                    name=f"{self._label}-system",
                    create_option="FromImage",
                    delete_option="Delete",
                    disk_size_gb=wanted.os_disk_gb,
                    managed_disk=compute.ManagedDiskParametersArgs(storage_account_type="StandardSSD_LRS"),
                ),
                data_disks=[
                    compute.DataDiskArgs(
                        lun=LUN,
                        create_option="Attach",
                        delete_option="Detach",
                        managed_disk=compute.ManagedDiskParametersArgs(id=disk.id),
                    )
                ]
                if disk
                else None,
            ),
            zones=self._zones,
            opts=pulumi.ResourceOptions.merge(
                pulumi.ResourceOptions(parent=self),
                # osProfile as a whole: the engine would give a replacement the old custom data, and so the used key.
                new.options(["osProfile", "storageProfile.imageReference"]),
            ),
            **self._shared,
        )

    def _image(self) -> compute.ImageReferenceArgs:
        """The settings' image. Azure resolves `latest` when it creates the machine. A later release changes nothing."""
        urn: str = getattr(self._args.azure.image, self._args.settings.architecture)
        publisher, offer, sku, version = urn.split(":")
        return compute.ImageReferenceArgs(publisher=publisher, offer=offer, sku=sku, version=version)


def _known(address: network.PublicIPAddress) -> pulumi.Output[str]:
    """Static addresses are known as soon as they exist."""
    return address.ip_address.apply(lambda given: given or "")
