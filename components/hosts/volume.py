"""Mounts a cloud's volume on the host that it is attached to, always at the same folder.

The clouds' modules create volumes with `protect`, so no change of settings deletes one. `pulumi destroy` fails and
names the volume. `pulumi destroy --exclude-protected` destroys everything else. A later `pulumi up` attaches the same
volume to the new machine. To delete a volume for good, run `pulumi state unprotect URN` first.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import pulumi

from components.hosts.host import DATA, Host
from components.remote import CleanupStep, Step, StepArgs

HERE = Path(__file__).parent
FOLDER = f"{DATA}/volume"


@dataclass(frozen=True)
class Attached:
    """A volume that is attached to a host."""

    devices: tuple[str, ...]
    """Possible paths of the device, the best first. They depend on the image."""
    size_gb: int
    """In GiB; clouds call it GB."""
    after: tuple[pulumi.Resource, ...]
    """The resources that create, resize and attach it."""
    named: str
    """Its name in the cloud's console."""


def mount(host: Host, volume: Attached, parent: pulumi.Resource) -> Host:
    """The host with the volume mounted. An empty volume is formatted. The file system grows with its volume."""
    values = {"DEVICES": " ".join(volume.devices), "FOLDER": FOLDER, "SIZE_GB": str(volume.size_gb)}
    name, options = f"{host.name}-volume", pulumi.ResourceOptions(parent=parent, depends_on=list(volume.after))
    unmount = StepArgs(host, (HERE / "fstab.sh", HERE / "unmount_volume.sh"), {"FOLDER": FOLDER})
    leave = CleanupStep(f"{name}-leave", unmount, [name], options)
    step = Step(
        name,
        StepArgs(host, (HERE / "fstab.sh", HERE / "mount_volume.sh"), values),
        pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=[leave])),
    )
    kept = (*host.kept, f"volume {volume.named} ({volume.size_gb} GB)")
    return replace(host, ready=(*host.ready, step), storage_path=f"{FOLDER}/storage", kept=kept)
