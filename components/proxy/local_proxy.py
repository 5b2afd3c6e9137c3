"""A step that adds one section to a host's HAProxy. Several components may add sections to one host."""

from pathlib import Path

import pulumi

from components.hosts.host import Host
from components.remote import CleanupStep, Step, StepArgs

HERE = Path(__file__).parent


def local_proxy(
    name: str, host: Host, section: str, text: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
) -> Step:
    """A Step `name` that writes a section into the host's HAProxy configuration. `section`: its name; `text`: its
    content."""
    leave = CleanupStep(
        f"{name}-leave", StepArgs(host, HERE / "local_proxy_leave.sh", {"SECTION": section}), [name], opts
    )
    return Step(
        name,
        StepArgs(host, HERE / "local_proxy.sh", {"SECTION": section, "TEXT": text}),
        pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[leave])),
    )
