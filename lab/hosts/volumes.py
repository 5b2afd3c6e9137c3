"""Block volumes: sparse files of the lab, each a block device in the one host that it is attached to.

Hosts share the machine's kernel, and with it the list of block devices. A host has nodes in /dev for its own ones only.
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
    """A volume of a lab. host: that it is attached to, or None."""

    id: str
    size_bytes: int
    host: str | None


def create_volume(lab: Lab, volume: str, size_bytes: int) -> None:
    """Make an empty volume; `volume` is 1 to 200 letters, digits, `.`, `_` and `-`, beginning with a letter or digit.

    One that is there with this size stays as it is. It takes room on the disk as it is written to. Raises HostError.
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
    """Make a volume larger, also while a host uses it: as in a cloud, its file system has to be told by the host.

    Raises HostError for one that is not there, or that would become smaller.
    """
    file = _required(lab, volume)
    with _lock(lab):
        if file.stat().st_size > size_bytes:
            raise HostError(f"volume {volume}: can't become smaller")
        with file.open("r+b") as larger:
            larger.truncate(size_bytes)
        grow_loop(file)


def delete_volume(lab: Lab, volume: str) -> None:
    """Take a volume away with all that is on it; none is no error. Raises HostError while it is attached."""
    with _lock(lab):
        if host := holder(lab, volume):
            raise HostError(f"volume {volume}: is attached to host {host}; detach it first")
        volume_file(lab, volume).unlink(missing_ok=True)


def list_volumes(lab: Lab) -> list[VolumeState]:
    """Every volume of the lab, by id."""
    files = sorted(volumes_folder(lab).glob("[!.]*.img"))
    return [VolumeState(file.stem, file.stat().st_size, holder(lab, file.stem)) for file in files]


def volumes_folder(lab: Lab) -> Path:
    """Where the volumes' files are; other names begin with a dot."""
    return lab.root / "volumes"


def volume_file(lab: Lab, volume: str) -> Path:
    """The volume's file, whether it is there or not."""
    return volumes_folder(lab) / f"{volume}.img"


def holder(lab: Lab, volume: str) -> str | None:
    """The host that a volume is attached to."""
    records = all_records(lab)
    return next((each.spec.name for each in records if volume in [one.id for one in each.spec.volumes]), None)


def require_free(lab: Lab, spec: HostSpec, others: Iterable[HostSpec]) -> None:
    """Raise HostError unless each of the host's volumes is there and no other host's."""
    for volume in spec.volumes:
        _required(lab, volume.id)
        for other in others:
            if volume.id in [one.id for one in other.volumes]:
                raise HostError(f"host {spec.name}: volume {volume.id} is attached to host {other.name}")


def write_devices(lab: Lab, volumes: Iterable[AttachedVolume], folder: Folder) -> None:
    """Make block devices of a host's volumes, and leave for its next boot which they are. Raises HostError."""
    lines = [" ".join([str(device_number(lab, each)), *each.paths]) for each in volumes]
    replace(folder.devices, "".join(f"{line}\n" for line in lines))


def device_number(lab: Lab, volume: AttachedVolume) -> int:
    """The N of the volume's /dev/loopN, made if there is none. Raises HostError."""
    try:
        return take_loop(_required(lab, volume.id))
    except LoopError as error:
        raise HostError(f"volume {volume.id}: {error}") from None


def plugged(lab: Lab, volume: AttachedVolume) -> int | None:
    """The N of its /dev/loopN, None if it has none."""
    return find_loop(volume_file(lab, volume.id))


def release_device(lab: Lab, volume: AttachedVolume) -> None:
    """Give the volume's block device back; one that is still in use goes with its last user, so that this waits not."""
    try:
        give_back_loops(volume_file(lab, volume.id), seconds=0)
    except LoopError:
        return


def release_all(lab: Lab) -> None:
    """Give back every block device of the lab, of deleted volumes too. Raises HostError if one stays in use."""
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
