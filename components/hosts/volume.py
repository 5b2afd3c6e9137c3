"""A volume of a cloud on the host that it is attached to: a file system of its own, always at the same folder.

Clouds' modules make volumes with `protect`: no change of settings deletes one. `pulumi destroy` fails and names it, and
`pulumi destroy --exclude-protected` destroys all else and says that something is left. A later `pulumi up` attaches the
same volume to the new machine. To be rid of it for good: `pulumi state unprotect URN` first.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import pulumi

from components.hosts.host import DATA, Host
from components.remote import Step, StepArgs

HERE = Path(__file__).parent
FOLDER = f"{DATA}/volume"


@dataclass(frozen=True)
class Attached:
    """A volume that a host can see."""

    devices: tuple[str, ...]
    """Paths by which the cloud's images may show it, the best first."""
    size_gb: int
    """In GiB, which clouds call GB."""
    after: tuple[pulumi.Resource, ...]
    """What makes it there, and of that size."""
    named: str
    """As the cloud's console shows it."""


def mount(host: Host, volume: Attached, parent: pulumi.Resource) -> Host:
    """The host with the volume mounted. The volume is formatted if there is nothing on it, and grows when it may."""
    values = {"DEVICES": " ".join(volume.devices), "FOLDER": FOLDER, "SIZE_GB": str(volume.size_gb)}
    step = Step(
        f"{host.name}-volume",
        StepArgs(host, HERE / "mount_volume.sh", values, delete=HERE / "unmount_volume.sh"),
        pulumi.ResourceOptions(parent=parent, depends_on=list(volume.after)),
    )
    kept = (*host.kept, f"volume {volume.named} ({volume.size_gb} GB)")
    return replace(host, ready=(*host.ready, step), storage_path=f"{FOLDER}/storage", kept=kept)
