"""What the parts of the settings share: frozen models that refuse unknown keys, and kinds of text found in several."""

import re
from ipaddress import IPv4Network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict


class Part(BaseModel):
    """A group of settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def dns_label(text: str) -> str:
    """A label of RFC 1123, short enough that a name of the tailnet has room for the stack's beside it."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", text) or len(text) > 30:
        raise ValueError("is not a name for a host. Use at most 30 of a-z, 0-9 and -, with no - at either end.")
    if text == "localhost":
        raise ValueError("means the computer itself everywhere. Name the host otherwise.")
    return text


def network(value: object) -> IPv4Network:
    """An IPv4 range, written as its first address and the length of the prefix."""
    try:
        return IPv4Network(str(value), strict=True)
    except ValueError:
        pass
    try:
        meant = IPv4Network(str(value), strict=False)
    except ValueError:
        raise ValueError(f"{value} is not an IPv4 range. Write one like 10.0.0.0/16.") from None
    raise ValueError(f"{value} is an address within {meant}. Write the range, {meant}.")


def _url(text: str, *schemes: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(f"{text} is not a URL of {' or '.join(schemes)}. Write one like {schemes[0]}://host.example.")
    if parts.username or parts.password:
        raise ValueError("has a user or a password in it, which everyone could read. Leave them out.")
    if parts.query or parts.fragment:
        raise ValueError(f"{text} has more than a host and a path. Remove what follows ? or #.")
    return text.rstrip("/")


def https_url(text: str) -> str:
    """A server that proves who it is."""
    return _url(text, "https")


def web_url(text: str) -> str:
    """A server whose answers are checked by other means: a checksum, an image's digest."""
    return _url(text, "https", "http")


DnsLabel = Annotated[str, AfterValidator(dns_label)]
Network = Annotated[IPv4Network, BeforeValidator(network)]
HttpsUrl = Annotated[str, AfterValidator(https_url)]
WebUrl = Annotated[str, AfterValidator(web_url)]
