"""Settings of the edge: the domain at Cloudflare that visitors ask for."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator

from components.settings.part import DomainName, Part


def zone_id(text: str) -> str:
    """The id of a zone."""
    if not re.fullmatch(r"[0-9a-f]{32}", text):
        raise ValueError(f"{text} is not a zone's id. Copy it from the zone's overview: 32 of 0-9 and a-f.")
    return text


class Edge(Part):
    """Cloudflare's part: DNS records, and the certificate by which it knows the hosts. Nothing without a domain."""

    domain: DomainName | None = None
    """The zone's name. Sites are itself, and names with one label before it."""
    zone: Annotated[str, AfterValidator(zone_id)] | None = None
    """The zone's id. None: looked up by the domain."""
    certificate_days: Literal[7, 30, 90, 365, 730, 1095, 5475] = 90
    """How long a certificate is valid; a new one is made after two thirds of it, by the next `pulumi up`."""
    manage_tls_mode: bool = False
    """Whether to set the zone to Full (strict). It holds for all names of the zone, then."""
    origin_pulls: bool = False
    """Whether hosts let in only who shows Cloudflare's client certificate, of an authority that the program makes."""
