"""Part of the look's script: system, hardware, clock and marks."""

from __future__ import annotations

import ctypes
import os
import shlex
import time
from typing import Any

from components.look.gather.reading import at, paths, run, text

FOLDERS = ("/", "/var/lib", "/var/lib/rancher")
"""Folders whose free space rules need. gatherer.py adds those of the datastores."""
TIME_SERVICES = ("systemd-timesyncd", "chrony", "chronyd", "ntp", "ntpd", "ntpsec", "openntpd")
BOOT_FILES = ("/boot/firmware/cmdline.txt", "/boot/cmdline.txt", "/etc/default/grub")
SYNCHRONISED = 16_000_000
"""Microseconds. The kernel reports this error or a larger one when the clock was not synchronised for long."""
MARKS = "/var/lib/tailnet-k3s/steps"
STACK = "/var/lib/tailnet-k3s/stack"
HOST_KEY = "/etc/ssh/ssh_host_ed25519_key.pub"
USER_DATA = "/var/lib/cloud/instance/user-data.txt"


def system() -> dict[str, Any] | None:
    """The operating system, from /etc/os-release."""
    lines = (text("/etc/os-release") or "").splitlines()
    known = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    values = {name: "".join(shlex.split(value)) for name, value in known.items()}
    if "ID" not in values:
        return None
    return {"id": values["ID"], "like": values.get("ID_LIKE", "").split(), "version": values.get("VERSION_ID")}


def kernel() -> str:
    """The kernel's release."""
    return os.uname().release


def architecture() -> str | None:
    """The architecture of packages: a 64-bit kernel may run a 32-bit system."""
    return (run("dpkg", "--print-architecture") or "").strip() or None


def machine_id() -> str | None:
    """The ID in /etc/machine-id. A copied machine has the ID of the original."""
    return (text("/etc/machine-id") or "").strip() or None


def boot_id() -> str | None:
    """The ID of this boot."""
    return (text("/proc/sys/kernel/random/boot_id") or "").strip() or None


def memory_mb() -> int | None:
    """The total memory, used or not."""
    for line in (text("/proc/meminfo") or "").splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) // 1024
    return None


def disks() -> list[dict[str, Any]]:
    """The file systems of FOLDERS. For a missing folder: the file system that it would be in."""
    found = []
    for path in FOLDERS:
        folder = at(path)
        while not folder.is_dir():
            folder = folder.parent
        size = os.statvfs(folder)
        total, free = size.f_blocks * size.f_frsize, size.f_bavail * size.f_frsize
        read_only = bool(size.f_flag & os.ST_RDONLY)
        found.append({"path": path, "total_mb": total // 1024**2, "free_mb": free // 1024**2, "read_only": read_only})
    return found


def boot_file() -> str | None:
    """The first of BOOT_FILES that exists."""
    return next((path for path in BOOT_FILES if at(path).is_file()), None)


def clock() -> dict[str, Any]:
    """The time, whether the kernel counts it as synchronised, and which time services run."""
    units = run("systemctl", "show", "--property=Id,ActiveState", *(f"{name}.service" for name in TIME_SERVICES))
    states = [dict(line.split("=", 1) for line in block.splitlines()) for block in (units or "").split("\n\n")]
    return {
        "seconds": time.time(),
        "synchronised": _synchronised(),
        "services": sorted({state["Id"] for state in states if state.get("ActiveState") == "active"}),
        "contained": at("/run/systemd/container").exists(),
    }


class _Timex(ctypes.Structure):
    """The first fields of struct timex (adjtimex(2)), and space for the others."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("frequency", ctypes.c_long),
        ("largest_error", ctypes.c_long),
        ("rest", ctypes.c_byte * 512),
    )


def _synchronised() -> bool | None:
    """The same test that timedatectl makes. With modes 0, adjtimex changes nothing."""
    known = _Timex()
    if ctypes.CDLL(None).adjtimex(ctypes.byref(known)) < 0:
        return None
    return bool(known.largest_error < SYNCHRONISED)


def stack() -> str | None:
    """The stack that this host belongs to."""
    return (text(STACK) or "").strip() or None


def host_key_in_user_data() -> bool:
    """Whether the SSH host key stands in the user data with which a cloud made this machine."""
    words = (text(HOST_KEY) or "").split()
    return len(words) > 1 and words[1] in (text(USER_DATA) or "")


def marks() -> dict[str, Any]:
    """The state of each step by name: `done` or `begun`. A mark that can't be read counts as `begun`."""
    found = {}
    for path in paths(f"{MARKS}/*"):
        first = (text(path) or "").partition("\n")[0]
        if not path.endswith(".new"):
            found[path.rpartition("/")[2]] = first.rpartition(" ")[2] or "begun"
    return found
