"""Part of the look's script: packages with an etcd of their own on this host."""

from __future__ import annotations

from typing import Any

from components.look.gather.reading import text
from components.look.gather.software import DPKG_STATUS, parse_packages

ETCD_PACKAGES = ("etcd", "etcd-server")
"""Debian's and Ubuntu's, up to 3.5. The second one has the unit etcd.service."""


def etcd() -> dict[str, Any]:
    """Versions of the installed packages."""
    installed = parse_packages(text(DPKG_STATUS) or "", ETCD_PACKAGES)
    return {"packages": {name: fields["Version"] for name, fields in installed.items()}}
