"""A machine that a cloud makes and that joins the tailnet by itself: what is the same for all clouds."""

import base64
from dataclasses import dataclass, replace
from pathlib import Path

import pulumi
import pulumi_tls as tls

from components.hosts.args import HostsArgs
from components.hosts.cloud_init import FirstBoot, user_data
from components.hosts.host import Connection, Host, PublicAddresses
from components.hosts.volume import Attached, mount
from components.remote import Step, StepArgs
from components.settings.hosts import AzureHost, OracleHost
from components.tailnet import Device, DeviceArgs

HERE = Path(__file__).parent
NOWHERE = PublicAddresses()


@dataclass(frozen=True)
class Newcomer:
    """A machine that is still to be made: what it is told at its first start, and by what it is known afterwards."""

    name: str
    args: HostsArgs
    device: Device
    host_key: pulumi.Output[str]
    user_data: pulumi.Output[str]
    """In base64, as clouds want it; a secret. For a machine that is there a change of it means nothing."""


def newcomer(name: str, args: HostsArgs, parent: pulumi.Resource, scripts: tuple[Path, ...] = ()) -> Newcomer:
    """Makes the machine's own SSH key and its place in the tailnet. `scripts` are what its cloud's images need."""
    children = pulumi.ResourceOptions(parent=parent)
    settings = args.settings
    architecture = settings.hosts[name].architecture
    key = tls.PrivateKey(name, algorithm="ED25519", opts=children)
    host_key = key.public_key_openssh.apply(str.strip)
    device = Device(name, DeviceArgs(args.tailnet, name), children)
    boot = pulumi.Output.all(
        name=name,
        user=args.operator.user,
        authorized_key=args.operator.public_key,
        host_private_key=key.private_key_openssh,
        host_public_key=host_key,
        tailnet_name=device.hostname,
        auth_key=device.auth_key,
    )

    def encoded(known: dict[str, str]) -> str:
        text = user_data(FirstBoot(**known), architecture, settings, scripts)
        return base64.b64encode(text.encode()).decode()

    return Newcomer(name, args, device, host_key, boot.apply(encoded))


def arrived(
    newcomer: Newcomer,
    machine: pulumi.Resource,
    parent: pulumi.Resource,
    *,
    after: tuple[pulumi.Resource, ...] = (),
    public: PublicAddresses = NOWHERE,
    volume: Attached | None = None,
) -> Host:
    """The host, once it has joined the tailnet and done all that its user data asks for, with its volume mounted.

    `after` is what else it needs to be reached: it is there before all steps, and goes after them.
    """
    wanted: OracleHost | AzureHost = newcomer.args.settings.hosts[newcomer.name]  # type: ignore[assignment]
    operator = newcomer.args.operator
    children = pulumi.ResourceOptions(parent=parent)
    joining = Host(
        name=newcomer.name,
        roles=frozenset(wanted.roles),
        labels=dict(wanted.labels),
        taints=wanted.taints,
        architecture=wanted.architecture,
        connection=Connection(
            address=newcomer.device.address(after=[machine]),
            user=operator.user,
            private_key=operator.private_key,
            host_key=newcomer.host_key,
        ),
        machine=machine,
        ready=(machine, *after),
        public=public,
    )
    first_boot = Step(f"{newcomer.name}-first-boot", StepArgs(joining, HERE / "await_first_boot.sh"), children)
    host = replace(joining, ready=(first_boot,))
    return mount(host, volume, parent) if volume else host
