"""Settings of the edge: the domain at Cloudflare."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator

from components.settings.part import DomainName, Part


def zone_id(text: str) -> str:
    """The id of a zone at Cloudflare."""
    if not re.fullmatch(r"[0-9a-f]{32}", text):
        raise ValueError(f"{text} is not a zone's id. Copy it from the zone's overview: 32 of 0-9 and a-f.")
    return text


class Edge(Part):
    """DNS records and TLS at Cloudflare. Without a domain, the program uses no Cloudflare."""

    domain: DomainName | None = None
    """Name of the zone. Sites use this name, or names with one label before it."""
    zone: Annotated[str, AfterValidator(zone_id)] | None = None
    """Id of the zone. None: the program looks it up by the domain."""
    certificate_days: Literal[7, 30, 90, 365, 730, 1095, 5475] = 1095
    """Validity of the origin certificate. The next `pulumi up` replaces it after half a year, or after two thirds of a
    shorter validity. Without any `up` it lasts to its end; then visitors get error 526."""
    manage_tls_mode: bool = False
    """Whether to set the zone's TLS mode to Full (strict). This affects all names of the zone."""
    origin_pulls: bool = False
    """Whether hosts require a client certificate from Cloudflare. The program creates its authority."""
