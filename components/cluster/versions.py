"""Versions of k3s: which comes first, and which lie between two."""

import re
from dataclasses import dataclass, field
from typing import Self

FIRST_PATCH = {33: 13, 34: 9, 35: 6, 36: 2}
"""By minor version: the first release in which flannel's interface survives a restart of the tailnet's daemon."""


@dataclass(frozen=True, order=True)
class Version:
    """`vX.Y.Z+k3sN`. A candidate for a release, `vX.Y.Z-rcN+k3sN`, counts as that release."""

    minor: int
    patch: int
    build: int
    text: str = field(compare=False)

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """None, if it is no version of k3s, or one that nobody can compare."""
        found = re.fullmatch(r"v1\.(\d+)\.(\d+)(?:-[a-z0-9.]+)?\+k3s(\d+)", text or "")
        return cls(int(found[1]), int(found[2]), int(found[3]), text or "") if found else None


def known_release(minor: int) -> str:
    """A release of a minor version that this program can run; `v1.37.x+k3s1` where none is known."""
    return f"v1.{minor}.{FIRST_PATCH.get(minor, 'x')}+k3s1"
