"""Hosts run only programs whose checksum is known before they are downloaded."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.known import known
from policies.rule import mandatory
from policies.steps import values_of

COMMAND = "command:"
FETCHED = re.compile(r"^(?!\s*#).*\b(?:download|fetch|curl|wget)\b.*\$\{?URL\b", re.MULTILINE)
PIPED = re.compile(
    r"^(?!\s*#).*\b(?:curl|wget)\b[^|\n;#]*\|\s*(?:sudo\s+(?:-\w+\s+)*)?(?:env\s+\S+\s+)*(?:ba|da|z|k)?sh\b",
    re.MULTILINE,
)
"""`curl … | sh`, and the like."""
SHA256 = re.compile(r"[0-9a-f]{64}")


def unchecked_downloads(kind: str, props: Mapping[str, Any]) -> Iterator[str]:
    """Programs that a command downloads without a checksum. `kind` is the type token."""
    if not kind.startswith(COMMAND):
        return
    inputs = known(props)
    for name in ("create", "update"):
        command = inputs.get(name)
        values, script = values_of(command) if isinstance(command, str) else ({}, "")
        url, sha256 = values.get("URL"), values.get("SHA256")
        if url and FETCHED.search(script) and not (sha256 or values.get("CHECKSUM_URL")):
            yield f"{name} downloads {url} without a checksum. Give the step SHA256, or CHECKSUM_URL of the publisher."
        if sha256 and not SHA256.fullmatch(sha256):
            yield f"{name} has a SHA256 that is none: {sha256[:20]}. Give the file's own, as `sha256sum` prints it."
        if PIPED.search(script):
            yield f"{name} runs what a server answers (curl … | sh). Download a pinned version, and check its SHA-256."


every_download_is_checked = mandatory(
    "every-download-is-checked", "Hosts run only what has the checksum that the program knows.", unchecked_downloads
)
