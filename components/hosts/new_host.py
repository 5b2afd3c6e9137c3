"""A machine that a cloud creates and that joins the tailnet by itself: the part that all clouds share."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pulumi

from components.hosts.args import HostsArgs
from components.hosts.cloud_init import UserDataArgs, user_data
from components.hosts.first_contact import HostKeys, host_keys, with_own_key
from components.hosts.host import Connection, Host, PublicAddresses
from components.hosts.once import DEVICE, first_boot_step, only_once
from components.hosts.volume import Attached, mount
from components.overlay.overlay import Place
from components.remote import Step, StepArgs, with_verbs
from components.settings.host import HostPart

HERE = Path(__file__).parent
NOWHERE = PublicAddresses()


@dataclass(frozen=True)
class NewHost:
    """A machine before its creation: its user data, and the key and place by which the program finds it later."""

    name: str
    args: HostsArgs
    settings: HostPart
    place: Place
    keys: HostKeys
    user_data: pulumi.Output[str]
    """In base64, as clouds expect it; a secret. A change has no effect on a machine that exists."""
    after: tuple[pulumi.Resource, ...]
    """The machine must be created after these, and deleted before them."""

    def options(self, ignore_changes: list[str], on_error: Sequence[pulumi.ErrorHook] = ()) -> pulumi.ResourceOptions:
        """Options of the machine: it belongs to its place, and is replaced with it; the old one goes first.

        If the look has found that a new machine replaces this one, nothing is ignored. The engine (3.245) would take
        ignored inputs that are within another input, as in `a.b`, from the old machine. `up --replace` still does.
        """
        seen = self.args.seen(self.name)
        hook = only_once(self.name, self.place, seen.joined_as)
        return pulumi.ResourceOptions(
            depends_on=list(self.after),
            ignore_changes=[] if seen.is_new else ignore_changes,
            replacement_trigger=self.place.device,
            delete_before_replace=True,
            hooks=pulumi.ResourceHookBinding(before_create=[hook], on_error=list(on_error)),
        )


def new_host(
    name: str, args: HostsArgs, wanted: HostPart, parent: pulumi.Resource, scripts: tuple[Path, ...] = ()
) -> NewHost:
    """Creates the machine's SSH host keys and its place in the tailnet. `scripts`: what images of its cloud need."""
    children = pulumi.ResourceOptions(parent=parent)
    place = args.overlay.place(name, wanted.architecture, children, generation=args.seen(name).generation)
    keys = host_keys(name, place, children)
    joining = place.first_boot
    boot = pulumi.Output.all(
        name=name,
        user=args.operator.user,
        authorized_key=args.operator.public_key,
        host_private_key=keys.first.private_key_openssh,
        host_public_key=keys.first.public_key_openssh.apply(str.strip),
        join_values=pulumi.Output.all(**joining.values),
        join_files=pulumi.Output.all(**joining.files),
    )

    def encoded(known: dict[str, Any]) -> str:
        text = user_data(UserDataArgs(**known), args.trust.certificates, (*scripts, *joining.scripts))
        return base64.b64encode(text.encode()).decode()

    return NewHost(name, args, wanted, place, keys, boot.apply(encoded), joining.after)


def joined_host(
    new: NewHost,
    machine: pulumi.Resource,
    parent: pulumi.Resource,
    *,
    after: tuple[pulumi.Resource, ...] = (),
    public: PublicAddresses = NOWHERE,
    volume: Attached | None = None,
) -> Host:
    """The host after it has joined the tailnet, got its own SSH host key and its volume.

    Steps on the host wait for `after`: resources without which nothing can reach the host.
    """
    wanted, operator = new.settings, new.args.operator
    children = pulumi.ResourceOptions(parent=parent)
    joining = Host(
        name=new.name,
        roles=frozenset(wanted.roles),
        labels=dict(wanted.labels),
        taints=wanted.taints,
        architecture=wanted.architecture,
        connection=Connection(
            address=new.place.address(after=[machine]),
            user=operator.user,
            private_key=operator.private_key,
            host_key=new.keys.pinned,
        ),
        device=new.place.device,
        machine=machine,
        ready=(machine, *after),
        public=public,
        seen=new.args.seen(new.name),
    )
    joining = with_verbs(with_own_key(joining, new.keys, parent), parent)
    told = {DEVICE: new.place.device}
    first_boot = Step(first_boot_step(new.name), StepArgs(joining, HERE / "await_first_boot.sh", told), children)
    host = new.args.overlay.update(replace(joining, ready=(first_boot,)), parent)
    return mount(host, volume, parent) if volume else host
