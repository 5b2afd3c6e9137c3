"""The public addresses of an instance in Oracle's cloud: it starts without an IPv4 one, and gets one at once.

It could be asked for with one. But a private address has one public address at most: when a host becomes one that is
visited, or is one no longer, the old one must go before the new one comes, while the instance is changed before either.
"""

from dataclasses import dataclass

import pulumi
from pulumi_oci import core

from components.hosts.host import PublicAddresses


@dataclass(frozen=True)
class Assigned:
    """What makes an instance reach the internet, and be reached."""

    way_out: core.PublicIp
    """Without it the host reaches nothing: steps on the host come after it, and are undone before it goes."""
    public: PublicAddresses
    """For visitors; none, if there are none."""


@dataclass(frozen=True)
class AddressArgs:
    """What an instance is to have."""

    instance: core.Instance
    compartment: str
    """The instance's."""
    visited: bool
    """Its address is reserved then, and outlives it. Oracle deletes any other with the instance."""
    ipv6: bool
    """Whether visitors come by IPv6, too."""


def assign(name: str, args: AddressArgs, parent: pulumi.Resource | None = None) -> Assigned:
    """Gives the instance its address. Raises RunError if it is to be visited by IPv6 and was made without."""
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
            # The provider would move any to another instance; Oracle moves reserved ones only.
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
