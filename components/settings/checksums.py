"""Settings of checksums, with which hosts verify a downloaded file."""

import re
from typing import Annotated

from pydantic import AfterValidator

from components.settings.part import Part


def checksum(text: str) -> str:
    """A SHA-256 as sha256sum prints it."""
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise ValueError("is not a SHA-256. Give 64 of 0-9 and a-f, as sha256sum prints them.")
    return text


class Checksums(Part):
    """SHA-256 of one file, by architecture."""

    amd64: Annotated[str, AfterValidator(checksum)] | None = None
    """For AMD and Intel processors, as sha256sum prints it."""
    arm64: Annotated[str, AfterValidator(checksum)] | None = None
    """For ARM processors."""

    def of(self, architecture: str) -> str | None:
        """The checksum for `amd64` or `arm64`, if it is set."""
        return self.amd64 if architecture == "amd64" else self.arm64
