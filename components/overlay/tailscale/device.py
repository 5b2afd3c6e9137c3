"""One host's place in the tailnet: the auth key with which it joins, and its address."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_random as random
import pulumi_tailscale as tailscale

from components.overlay.overlay import Enrolment, FirstBoot
from components.overlay.tailscale.generation import GENERATION
from components.overlay.tailscale.joining import ADMIT, AUTH_KEY_FILE, JOIN, LEAVE, join_values
from components.overlay.tailscale.policy import CLUSTER_TAG
from components.overlay.tailscale.removal import Removal
from components.overlay.tailscale.settings import TailnetSettings
from components.settings.downloads import Downloads

JOIN_SECONDS = 600
"""Time limit for the join. A cloud may need minutes to boot a machine."""


@dataclass(frozen=True)
class DeviceArgs:
    """The host's name and architecture, and the tailnet's settings."""

    settings: TailnetSettings
    downloads: Downloads
    host: str
    architecture: str
    """`amd64` or `arm64`."""
    after: tuple[pulumi.Resource, ...]
    """The auth key must be created after these: the policy that defines the hosts' tag."""
    generation: int = 0
    """Another number makes another device: for another machine of this name."""


class Device(pulumi.ComponentResource):
    """Reserves a host's place in the tailnet. Removes the device on delete. Create the machine after this.

    The device's name is `STACK-HOST-` and four random characters, other ones for each machine of this name. So a device
    that was left behind is never mistaken for a later machine, and the later one is not named `NAME-1`: the earlier
    device is removed at the end of the same `up`.

    The auth key works once. It is replaced with the device. `pulumi refresh` replaces a used or expired key, too, for a
    host whose creation failed. Hosts that exist need no new key.
    """

    device: pulumi.Output[str]
    """Its name in the tailnet."""
    root: pulumi.Resource
    """The four characters."""

    def __init__(self, name: str, args: DeviceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:tailnet:Device", name, None, opts)
        self._args = args
        children = pulumi.ResourceOptions(parent=self)
        keepers = {GENERATION: str(args.generation)} if args.generation else None
        suffix = random.RandomString(name, length=4, special=False, upper=False, keepers=keepers, opts=children)
        self.root = suffix
        stack = pulumi.get_stack().lower()[:24]
        self.device = pulumi.Output.concat(f"{stack}-{args.host}-", suffix.result)
        key = tailscale.TailnetKey(
            name,
            description=f"{stack} {args.host}"[:50],
            tags=[CLUSTER_TAG],
            preauthorized=True,
            reusable=False,
            ephemeral=False,
            expiry=args.settings.key_expiry_minutes * 60,
            recreate_if_invalid="always",
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after), replacement_trigger=self.device),
        )
        Removal(name, self.device, children)
        self._auth_key: pulumi.Output[str] = pulumi.Output.secret(key.key)
        self.register_outputs({"hostname": self.device})

    @property
    def first_boot(self) -> FirstBoot:
        """Installs Tailscale and joins with the auth key, which user data writes to a file."""
        return FirstBoot(JOIN, self._values(), {AUTH_KEY_FILE: self._auth_key}, (self,))

    @property
    def enrolment(self) -> Enrolment:
        """Joins with the auth key. A machine that is in the tailnet already keeps its device."""
        return Enrolment(
            (*ADMIT, *JOIN), self._values(), {"AUTH_KEY": self._auth_key}, LEAVE, {"HOSTNAME": self.device}, (self,)
        )

    def _values(self) -> dict[str, pulumi.Input[str]]:
        args = self._args
        return {
            "HOSTNAME": self.device,
            **join_values(args.architecture, args.settings, args.downloads),
        }

    def address(self, after: Sequence[pulumi.Resource]) -> pulumi.Output[str]:
        """The device's IPv4 address. Waits up to JOIN_SECONDS until the host has joined.

        `after`: the resources that make it join. Before they exist, a preview does not know the address.
        """
        device = tailscale.get_device_output(
            hostname=self.device,
            wait_for=f"{JOIN_SECONDS}s",
            opts=pulumi.InvokeOutputOptions(parent=self, depends_on=list(after)),
        )
        return device.addresses.apply(lambda addresses: next(address for address in addresses if "." in address))
