"""Loop devices: files as block devices. The kernel has one table of them for the whole machine. A lab uses free entries
and releases them. It creates its own device nodes, so the machine's nodes do not change."""

import errno
import fcntl
import os
import stat
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# From the kernel's <linux/loop.h> and <linux/major.h>.
_MAJOR = 7
_CONTROL = os.makedev(10, 237)
_CONFIGURE, _CLEAR, _SET_CAPACITY = 0x4C0A, 0x4C01, 0x4C07
_REMOVE, _GET_FREE = 0x4C81, 0x4C82
_CONFIGURATION = struct.Struct("=II 5Q 4I 64s 64s 32s 2Q 64x")
_BLOCK = Path("/sys/block")
_ATTEMPTS = 20
_DELETED = " (deleted)"
_MADE = ".made-"
"""Prefix of a file's name. It marks a device that the kernel's table did not have before."""


class LoopError(Exception):
    """A loop device can't be created or released. The message is the cause."""


def find_loop(file: Path) -> int | None:
    """Number of a file's loop device; None if it has none."""
    return next((number for number, shown in _taken() if shown == str(file.resolve())), None)


def take_loop(file: Path) -> int:
    """Number of a file's loop device. Creates one if it has none. Raises LoopError."""
    found = find_loop(file)
    if found is not None:
        return found
    try:
        with file.open("r+b") as image:
            return _take(file.parent, image.fileno())
    except OSError as error:
        raise LoopError(f"block volumes need loop devices, which this machine does not give: {error}") from None


def grow_loop(file: Path) -> None:
    """Makes the kernel notice that the file has grown. Raises OSError."""
    number = find_loop(file)
    if number is not None:
        with _opened(file.parent, stat.S_IFBLK, os.makedev(_MAJOR, number)) as device:
            fcntl.ioctl(device, _SET_CAPACITY, 0)


def give_back_loops(files: Path, seconds: float = 10) -> None:
    """Releases the loop device of a file, or of all files in a folder, including deleted files.

    A device in use disappears after its last use. Raises LoopError if that takes longer than `seconds`.
    """
    folder, deadline = _existing(files), time.monotonic() + seconds
    while numbers := [number for number, shown in _taken() if _within(shown, files.resolve())]:
        for number in numbers:
            _clear(folder, number)
        if time.monotonic() > deadline:
            raise LoopError(f"/dev/loop{numbers[0]}, which shows {files}, is still in use")
        time.sleep(0.02)
    _remove_made(folder)


def loops_problem(folder: Path) -> str | None:
    """The reason why files in a folder can't become block devices; None if they can. Changes nothing."""
    try:
        with _opened(folder, stat.S_IFCHR, _CONTROL):
            return None
    except OSError as error:
        return str(error.strerror)


def _taken() -> Iterator[tuple[int, str]]:
    """Used loop devices with their files. The kernel appends a mark to the name of a deleted file."""
    for shown in _BLOCK.glob("loop*/loop/backing_file"):
        try:
            name = shown.read_text().rstrip("\n")
        except OSError:  # it has just been released
            continue
        yield int(shown.parts[-3].removeprefix("loop")), name


def _within(shown: str, files: Path) -> bool:
    return Path(shown.removesuffix(_DELETED)).is_relative_to(files)


def _take(folder: Path, image: int) -> int:
    with _opened(folder, stat.S_IFCHR, _CONTROL) as control:
        for _ in range(_ATTEMPTS):
            there = set(_BLOCK.glob("loop*"))
            number = int(fcntl.ioctl(control, _GET_FREE))
            if _BLOCK / f"loop{number}" not in there:
                (folder / f"{_MADE}{number}").touch()
            with _opened(folder, stat.S_IFBLK, os.makedev(_MAJOR, number)) as device:
                try:
                    fcntl.ioctl(device, _CONFIGURE, _CONFIGURATION.pack(image, 0, *[0] * 9, b"", b"", b"", 0, 0))
                except OSError as error:
                    if error.errno != errno.EBUSY:  # otherwise another process was faster
                        raise
                    continue
            return number
    raise OSError("others take every free one first")


def _clear(folder: Path, number: int) -> None:
    with suppress(OSError), _opened(folder, stat.S_IFBLK, os.makedev(_MAJOR, number)) as device:
        fcntl.ioctl(device, _CLEAR, 0)  # it may be released already


def _remove_made(folder: Path) -> None:
    """Removes entries that the lab added to the kernel's table. Devices in use stay."""
    for mark in folder.glob(f"{_MADE}*"):
        number = int(mark.name.removeprefix(_MADE))
        if (_BLOCK / f"loop{number}" / "loop" / "backing_file").exists():
            continue
        with suppress(OSError), _opened(folder, stat.S_IFCHR, _CONTROL) as control:
            fcntl.ioctl(control, _REMOVE, number)
        mark.unlink()


@contextmanager
def _opened(folder: Path, kind: int, device: int) -> Iterator[int]:
    """Opens the device with a temporary device node."""
    node = folder / f".node-{os.getpid()}-{os.urandom(4).hex()}"
    os.mknod(node, kind | 0o600, device)
    try:
        descriptor = os.open(node, os.O_RDWR | os.O_CLOEXEC)
    finally:
        node.unlink()
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _existing(path: Path) -> Path:
    """The folder itself, or the folder of a file, which may be deleted."""
    return path if path.is_dir() else path.parent
