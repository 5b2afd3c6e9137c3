"""Loop devices: files as block devices. The kernel has one table of them for the whole machine, in which a lab takes
free places and gives them back; it reaches them by device nodes of its own, so that the machine's stay as they are."""

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
"""What the file's name begins with that tells that the kernel's table had no place of that number before."""


class LoopError(Exception):
    """A loop device can't be had or given back: the cause, without whose it was to be."""


def find_loop(file: Path) -> int | None:
    """Number of the loop device that shows a file; None if there is none."""
    return next((number for number, shown in _taken() if shown == str(file.resolve())), None)


def take_loop(file: Path) -> int:
    """Make a file a block device, if it is none; the number of its loop device. Raises LoopError."""
    found = find_loop(file)
    if found is not None:
        return found
    try:
        with file.open("r+b") as image:
            return _take(file.parent, image.fileno())
    except OSError as error:
        raise LoopError(f"block volumes need loop devices, which this machine does not give: {error}") from None


def grow_loop(file: Path) -> None:
    """Tell the kernel that the file is larger than it was. Raises OSError."""
    number = find_loop(file)
    if number is not None:
        with _opened(file.parent, stat.S_IFBLK, os.makedev(_MAJOR, number)) as device:
            fcntl.ioctl(device, _SET_CAPACITY, 0)


def give_back_loops(files: Path, seconds: float = 10) -> None:
    """Give back the loop device of a file, or of all files in a folder, also of those that are deleted.

    A device that is still in use goes with its last user. Raises LoopError if that takes longer than so many seconds.
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
    """Why files in a folder can't be block devices here; None if they can. Changes nothing."""
    try:
        with _opened(folder, stat.S_IFCHR, _CONTROL):
            return None
    except OSError as error:
        return str(error.strerror)


def _taken() -> Iterator[tuple[int, str]]:
    """Loop devices that show a file, and which: a deleted one's name ends so."""
    for shown in _BLOCK.glob("loop*/loop/backing_file"):
        try:
            name = shown.read_text().rstrip("\n")
        except OSError:  # it has just been given back
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
                    if error.errno != errno.EBUSY:  # else somebody else was quicker
                        raise
                    continue
            return number
    raise OSError("others take every free one first")


def _clear(folder: Path, number: int) -> None:
    with suppress(OSError), _opened(folder, stat.S_IFBLK, os.makedev(_MAJOR, number)) as device:
        fcntl.ioctl(device, _CLEAR, 0)  # it may have been given back by now


def _remove_made(folder: Path) -> None:
    """Make the kernel's table as it was, where it had to be made longer. What is in use, by whomever, stays."""
    for mark in folder.glob(f"{_MADE}*"):
        number = int(mark.name.removeprefix(_MADE))
        if (_BLOCK / f"loop{number}" / "loop" / "backing_file").exists():
            continue
        with suppress(OSError), _opened(folder, stat.S_IFCHR, _CONTROL) as control:
            fcntl.ioctl(control, _REMOVE, number)
        mark.unlink()


@contextmanager
def _opened(folder: Path, kind: int, device: int) -> Iterator[int]:
    """The device, by a node that is gone again afterwards."""
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
    """The folder itself, or the one that the file is or was in."""
    return path if path.is_dir() else path.parent
