"""Block volumes: sparse files of the lab. A volume is a block device in the one host that it is attached to.

Hosts share the machine's kernel and its list of block devices. In /dev, a host has only its own devices.
"""

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from lab.files import replace
from lab.hosts.loops import LoopError, find_loop, give_back_loops, grow_loop, take_loop
from lab.hosts.spec import AttachedVolume, HostSpec
from lab.hosts.store import Folder, HostError, all_records
from lab.lab import Lab
from lab.lock import locked

PLUG = Path(__file__).with_name("plug.sh")
UNPLUG = Path(__file__).with_name("unplug.sh")


@dataclass(frozen=True)
class VolumeState:
    """A volume of a lab. host: the host that has it attached, or None."""

    id: str
    size_bytes: int
    host: str | None


def create_volume(lab: Lab, volume: str, size_bytes: int) -> None:
    """Creates an empty volume. `volume`: 1 to 200 letters, digits, `.`, `_` and `-`, the first a letter or digit.

    An existing volume of this size stays as it is. It uses disk space only for written data. Raises HostError.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}", volume):
        raise HostError(f"volume {volume!r}: use letters, digits, '.', '_' and '-'")
    file = volume_file(lab, volume)
    with _lock(lab):
        if file.exists() and file.stat().st_size != size_bytes:
            raise HostError(f"volume {volume}: is there already with another size")
        draft = file.with_name(f".{volume}.draft")
        draft.touch(mode=0o600)
        with draft.open("r+b") as empty:
            empty.truncate(size_bytes)
        if file.exists():
            draft.unlink()
        else:
            draft.rename(file)


def grow_volume(lab: Lab, volume: str, size_bytes: int) -> None:
    """Grows a volume, also while a host uses it. As in a cloud, the host must grow the file system itself.

    Raises HostError if the volume does not exist, or would become smaller.
    """
    file = _required(lab, volume)
    with _lock(lab):
        if file.stat().st_size > size_bytes:
            raise HostError(f"volume {volume}: can't become smaller")
        with file.open("r+b") as larger:
            larger.truncate(size_bytes)
        grow_loop(file)


def delete_volume(lab: Lab, volume: str) -> None:
    """Deletes a volume with its data. No error if it does not exist. Raises HostError while it is attached."""
    with _lock(lab):
        if host := holder(lab, volume):
            raise HostError(f"volume {volume}: is attached to host {host}; detach it first")
        volume_file(lab, volume).unlink(missing_ok=True)


def list_volumes(lab: Lab) -> list[VolumeState]:
    """Every volume of the lab, by id."""
    files = sorted(volumes_folder(lab).glob("[!.]*.img"))
    return [VolumeState(file.stem, file.stat().st_size, holder(lab, file.stem)) for file in files]


def volumes_folder(lab: Lab) -> Path:
    """Folder with the volumes' files. Other files have a leading dot."""
    return lab.root / "volumes"


def volume_file(lab: Lab, volume: str) -> Path:
    """The volume's file, whether it exists or not."""
    return volumes_folder(lab) / f"{volume}.img"


def holder(lab: Lab, volume: str) -> str | None:
    """The host that has the volume attached."""
    records = all_records(lab)
    return next((each.spec.name for each in records if volume in [one.id for one in each.spec.volumes]), None)


def require_free(lab: Lab, spec: HostSpec, others: Iterable[HostSpec]) -> None:
    """Raises HostError unless each of the host's volumes exists and belongs to no other host."""
    for volume in spec.volumes:
        _required(lab, volume.id)
        for other in others:
            if volume.id in [one.id for one in other.volumes]:
                raise HostError(f"host {spec.name}: volume {volume.id} is attached to host {other.name}")


def write_devices(lab: Lab, volumes: Iterable[AttachedVolume], folder: Folder) -> None:
    """Creates block devices for a host's volumes, and records them for its next boot. Raises HostError."""
    lines = [" ".join([str(device_number(lab, each)), *each.paths]) for each in volumes]
    replace(folder.devices, "".join(f"{line}\n" for line in lines))


def device_number(lab: Lab, volume: AttachedVolume) -> int:
    """The N of the volume's /dev/loopN. Creates the device if there is none. Raises HostError."""
    try:
        return take_loop(_required(lab, volume.id))
    except LoopError as error:
        raise HostError(f"volume {volume.id}: {error}") from None


def plugged(lab: Lab, volume: AttachedVolume) -> int | None:
    """The N of its /dev/loopN; None if it has none."""
    return find_loop(volume_file(lab, volume.id))


def release_device(lab: Lab, volume: AttachedVolume) -> None:
    """Releases the volume's block device. Does not wait: a device in use disappears after its last use."""
    try:
        give_back_loops(volume_file(lab, volume.id), seconds=0)
    except LoopError:
        return


def release_all(lab: Lab) -> None:
    """Releases all block devices of the lab, including those of deleted volumes. Raises HostError if one stays in
    use."""
    try:
        give_back_loops(volumes_folder(lab))
    except LoopError as error:
        raise HostError(f"lab {lab.name}: {error}") from None


def _required(lab: Lab, volume: str) -> Path:
    file = volume_file(lab, volume)
    if not file.exists():
        raise HostError(f"volume {volume}: lab {lab.name} has no such volume")
    return file


def _lock(lab: Lab) -> AbstractContextManager[None]:
    return locked(volumes_folder(lab) / ".lock")
