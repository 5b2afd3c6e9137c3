"""IPv6 of a host that visitors reach: Oracle assigns an address, and few images of Oracle's take it by themselves."""

from dataclasses import replace
from pathlib import Path

import pulumi

from components.hosts.host import Host
from components.remote import Step, StepArgs

HERE = Path(__file__).parent
TAKEN = "taken"
"""What the step prints if the host has the address."""


def take_ipv6(host: Host, router: pulumi.Output[str], parent: pulumi.Resource) -> Host:
    """Makes a host take the IPv6 address that it is to be visited by, and looks whether it has. It may have none."""
    if host.public.ipv6 is None:
        return host
    step = Step(
        f"{host.name}-ipv6",
        StepArgs(host, HERE / "take_ipv6.sh", {"ADDRESS": host.public.ipv6, "GATEWAY": router}),
        pulumi.ResourceOptions(parent=parent),
    )
    said = pulumi.Output.unsecret(step.stdout)
    has_ipv6 = said.apply(lambda text: _told(host.name, text.strip()))
    return replace(host, public=replace(host.public, has_ipv6=has_ipv6))


def _told(name: str, said: str) -> bool:
    """Whether the host has its address. Warns of one that has not."""
    if said == TAKEN:
        return True
    pulumi.log.warn(
        f"{name} has not taken its IPv6 address: {said}. So there is no AAAA record for it, and its visitors come by "
        "IPv4. Mend its network: the next `pulumi up` looks again."
    )
    return False
