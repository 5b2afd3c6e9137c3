"""One host's place in the tailnet: the key that it joins with, and then its address there."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_random as random
import pulumi_tailscale as tailscale

from components.tailnet.removal import Removal
from components.tailnet.tailnet import CLUSTER_TAG, Tailnet

JOIN_SECONDS = 600
"""A cloud takes up to some minutes from an instance to its first packet."""


@dataclass(frozen=True)
class DeviceArgs:
    """The tailnet to join, and the name of the host."""

    tailnet: Tailnet
    host: str


class Device(pulumi.ComponentResource):
    """A device that is expected in the tailnet, and leaves it when this is deleted: what makes it join depends on this.

    Its name there is `STACK-HOST-` and four random characters: should a device be left behind after all, it must not be
    taken for a later host of that name.

    The key works once. It is made again when `pulumi refresh` finds it used or expired. That matters to a host whose
    creation failed; one that is there keeps what it was created with.
    """

    hostname: pulumi.Output[str]
    auth_key: pulumi.Output[str]
    """A secret."""

    def __init__(self, name: str, args: DeviceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:tailnet:Device", name, None, opts)
        children = pulumi.ResourceOptions(parent=self)
        suffix = random.RandomString(name, length=4, special=False, upper=False, opts=children)
        stack = pulumi.get_stack().lower()[:24]
        self.hostname = pulumi.Output.concat(f"{stack}-{args.host}-", suffix.result)
        key = tailscale.TailnetKey(
            name,
            description=f"{stack} {args.host}"[:50],
            tags=[CLUSTER_TAG],
            preauthorized=True,
            reusable=False,
            ephemeral=False,
            expiry=args.tailnet.settings.key_expiry_minutes * 60,
            recreate_if_invalid="always",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.tailnet.policy]),
        )
        Removal(name, self.hostname, children)
        self.auth_key = pulumi.Output.secret(key.key)
        self.register_outputs({"hostname": self.hostname})

    def address(self, after: Sequence[pulumi.Resource]) -> pulumi.Output[str]:
        """The device's IPv4 address, once it has joined; waits for that up to JOIN_SECONDS.

        `after` is what makes it join. In a preview in which that is still to be created, the address is not known.
        """
        device = tailscale.get_device_output(
            hostname=self.hostname,
            wait_for=f"{JOIN_SECONDS}s",
            opts=pulumi.InvokeOutputOptions(parent=self, depends_on=list(after)),
        )
        return device.addresses.apply(lambda addresses: next(address for address in addresses if "." in address))
