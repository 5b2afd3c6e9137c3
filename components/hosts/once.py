"""A place in the tailnet is for one machine, for its key works once. A machine that is made again needs a new place.

The look (components/look) sees when a machine is gone, and asks for a new place. What it can't see is a replacement
that the engine decides on later: for `pulumi up --replace` of the machine, or because the cloud can't change it.
"""

import pulumi

from components.overlay.overlay import Place
from components.sdk import known_inputs

ENCRYPTS = "ENCRYPTS"
"""The value of a k3s server's step by which the state tells that its cluster encrypts Secrets: `yes`."""
DEVICE = "DEVICE"
"""The value of a host's first step by which the state tells as which device the machine has joined."""


def stack_name() -> str:
    """This stack's name on the hosts that belong to it: `PROJECT/STACK`."""
    return f"{pulumi.get_project()}/{pulumi.get_stack()}"


def verbs_step(host: str) -> str:
    """Name of the first command on any host."""
    return f"{host}-verbs"


def host_key_step(host: str) -> str:
    """Name of the command that gives a machine of a cloud its own SSH host key. It comes before all others."""
    return f"{host}-host-key"


def first_boot_step(host: str) -> str:
    """Name of the step by which a machine that a cloud has made becomes a host."""
    return f"{host}-first-boot"


def enrol_step(host: str) -> str:
    """Name of the step by which a machine that was there before becomes a host."""
    return f"{host}-enrol"


def labels_step(host: str, cluster: str = "k3s") -> str:
    """Name of the step that sets the labels of a host's node. It runs on another host."""
    return f"{cluster}-labels-{host}"


def only_once(host: str, place: Place, joined_as: str) -> pulumi.ResourceHook:
    """A hook for a machine's options. It refuses a new machine for a place that an earlier machine has used.

    The tailnet would not let such a machine in.
    """
    who = pulumi.Output.all(place.device, place.root.urn)

    async def refuse(_: pulumi.ResourceHookArgs) -> None:
        device, root = await known_inputs(who) or ("", "")
        if device and device == joined_as:
            raise RuntimeError(
                f"{host}: a new machine needs a new place in the tailnet, and with it everything else that belonged to "
                f"the old one. Run: pulumi up --replace '{root}'"
            )

    in_previews_too = pulumi.ResourceHookOptions(on_dry_run=True)  # else the old machine would be gone by then
    return pulumi.ResourceHook(f"{host}-only-once", refuse, in_previews_too)
