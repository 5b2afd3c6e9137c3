"""Public addresses of an instance in Oracle's cloud. It starts without a public IPv4 address and gets one right after.

The instance does not request its address itself, for a private address has at most one public address. When a host gets
or loses the role ingress, the old address must be removed before the new one is assigned. Pulumi would update the
instance before both.
"""

from dataclasses import dataclass

import pulumi
from pulumi_oci import core

from components.hosts.host import PublicAddresses


@dataclass(frozen=True)
class Assigned:
    """Public addresses of an instance."""

    way_out: core.PublicIp
    """The assigned public address. Without it the host has no internet, so all steps on the host depend on it."""
    public: PublicAddresses
    """Addresses for visitors, if the host has the role ingress."""


@dataclass(frozen=True)
class AddressArgs:
    """Which addresses an instance gets."""

    instance: core.Instance
    compartment: str
    """Of the instance."""
    visited: bool
    """Then its address is reserved and outlives the instance. Oracle deletes other addresses with the instance."""
    ipv6: bool
    """Whether visitors use IPv6, too."""


def assign(name: str, args: AddressArgs, parent: pulumi.Resource | None = None) -> Assigned:
    """Assigns the addresses. Raises RunError if visitors need IPv6 and the instance was created without it."""
    instance, compartment = args.instance, args.compartment
    asked = pulumi.InvokeOutputOptions(parent=parent, depends_on=[instance])
    attachments = core.get_vnic_attachments_output(compartment_id=compartment, instance_id=instance.id, opts=asked)
    vnic_id = attachments.vnic_attachments.apply(lambda found: found[0].vnic_id)
    private = core.get_private_ips_output(vnic_id=vnic_id, opts=asked)
    address = core.PublicIp(
        name,
        lifetime="RESERVED" if args.visited else "EPHEMERAL",
        private_ip_id=private.private_ips.apply(lambda found: next(each.id for each in found if each.is_primary)),
        compartment_id=compartment,
        display_name=f"{pulumi.get_stack()}-{name}",
        freeform_tags={"stack": pulumi.get_stack()},
        opts=pulumi.ResourceOptions(
            parent=parent,
            delete_before_replace=True,
            # For another instance, replace it: the provider would move it, but Oracle moves reserved ones only.
            replace_on_changes=[] if args.visited else ["privateIpId"],
        ),
    )
    if not args.visited:
        return Assigned(address, PublicAddresses())
    ipv6 = None
    if args.ipv6:
        vnic = core.get_vnic_output(vnic_id=vnic_id, opts=asked)
        ipv6 = vnic.ipv6addresses.apply(lambda found: _first(found, name))
    return Assigned(address, PublicAddresses(address.ip_address, ipv6))


def _first(addresses: list[str], name: str) -> str:
    if not addresses:
        raise pulumi.RunError(
            f"{name} has no IPv6 address, for it was created without. Take it out of the hosts and put it in again, or "
            "set oracle.ipv6 to false."
        )
    return addresses[0]
