"""Part of the look's script: files that change how the program's services run, and that no step wrote."""

from __future__ import annotations

import hashlib
import re

from components.look.gather.reading import paths, text
from components.look.gather.software import DPKG_STATUS
from components.look.gather.system import MARKS

SETTINGS: tuple[str, ...] = (
    *("/etc/systemd/system/k3s.service.d/*.conf", "/etc/systemd/system/k3s-agent.service.d/*.conf"),
    *("/etc/rancher/k3s/config.yaml.d/*.yaml", "/etc/rancher/k3s/config.yaml.d/*.yml"),
    *("/etc/systemd/system/haproxy.service.d/*.conf", "/etc/haproxy/tailnet-k3s/*.cfg"),
)
"""gatherer.py adds those of the datastores and of the overlay."""
ADVISED = re.compile(r"kubelet-arg\+?:\s*\[\s*fail-cgroupv1=\w+\s*\]")
"""What the program itself tells owners to write there."""


def additions() -> list[str]:
    """Their paths. None of them on a host without marks: nobody knows what steps of old versions wrote."""
    marks = "".join(text(path) or "" for path in paths(f"{MARKS}/*"))
    written = set(re.findall(r"^file\t([^\t\n]+)\t", marks, re.MULTILINE))
    if not written:
        return []
    of_packages = dict(re.findall(r"^ (/etc/\S+) ([0-9a-f]{32})", text(DPKG_STATUS) or "", re.MULTILINE))
    found = {path for pattern in SETTINGS for path in paths(pattern)} - written
    return sorted(path for path in found if not _is_harmless(text(path) or "", of_packages.get(path)))


def _is_harmless(said: str, checksum: str | None) -> bool:
    """Whether it is the package's own, or says nothing but what the program tells owners to write."""
    if hashlib.md5(said.encode()).hexdigest() == checksum:  # noqa: S324 # dpkg's own kind of checksum
        return True
    lines = [line.strip() for line in said.splitlines()]
    return not [line for line in lines if line and not re.match(r"[#;\[]", line) and not ADVISED.fullmatch(line)]
