"""A part of the look's script: when the certificates end that programs of the cluster have on this host."""

from __future__ import annotations

import base64
import calendar
import fnmatch
import re
import time
from typing import Any

from components.look.gather.reading import paths, text

CERTIFICATES = (
    *("/var/lib/rancher/k3s/server/tls/*.crt", "/var/lib/rancher/k3s/server/tls/*/*.crt"),
    *("/var/lib/rancher/k3s/agent/*.crt", "/etc/rancher/k3s/datastore.crt"),
)
"""Patterns of paths. gatherer.py adds those of the datastores."""
AUTHORITIES = ("*-ca.crt", "*-ca.nochain.crt", "*/temporary-certs/*")
"""Files to leave out: authorities, which are valid for ten years, and what k3s creates again at each start."""
VALIDITY = rb"(?:\x17\x0d\d{12}|\x18\x0f\d{14})Z(?:\x17\x0d(\d{12})|\x18\x0f(\d{14}))Z"
"""Start and end in a certificate's DER: each is a UTCTime, or from 2050 on a GeneralizedTime (RFC 5280, 4.1.2.5)."""


def certificates() -> list[dict[str, Any]]:
    """Each file, with its end in seconds since 1970. Files without a certificate are left out."""
    found = []
    for path in [path for pattern in CERTIFICATES for path in paths(pattern)]:
        if not any(fnmatch.fnmatch(path, pattern) for pattern in AUTHORITIES):
            ends = end_of_certificate(text(path) or "")
            found += [{"path": path, "ends": ends}] if ends else []
    return found


def end_of_certificate(pem: str) -> int | None:
    """Of the first certificate in a text. None: there is none."""
    block = re.search(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----", pem)
    validity = re.search(VALIDITY, base64.b64decode(block.group(1))) if block else None
    if validity is None:
        return None
    digits = validity.group(2) or b"20" + validity.group(1)
    return calendar.timegm(time.strptime(digits.decode(), "%Y%m%d%H%M%S"))
