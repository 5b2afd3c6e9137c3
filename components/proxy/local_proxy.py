"""The step that puts one section into a host's HAProxy. A host may have several, from several components."""

from pathlib import Path

import pulumi

from components.hosts.host import Host
from components.remote import Step, StepArgs

HERE = Path(__file__).parent


def local_proxy(
    name: str, host: Host, section: str, text: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
) -> Step:
    """A Step `name` that makes the host's HAProxy have the section of that name with that text."""
    return Step(
        name,
        StepArgs(
            host,
            HERE / "local_proxy.sh",
            {"SECTION": section, "TEXT": text},
            delete=HERE / "local_proxy_leave.sh",
        ),
        opts,
    )
