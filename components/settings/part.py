"""What the parts of the settings share: frozen models that refuse unknown keys, and kinds of text found in several."""

import re
from ipaddress import IPv4Network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict


class Part(BaseModel):
    """A group of settings."""

    # The text below a setting is its description in the schema and in the documentation.
    # The text below a setting is its description in the schema and in the documentation.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True)


def dns_label(text: str) -> str:
    """A label of RFC 1123, short enough that a name of the tailnet has room for the stack's beside it."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", text) or len(text) > 30:
        raise ValueError("is not a name for a host. Use at most 30 of a-z, 0-9 and -, with no - at either end.")
    if text == "localhost":
        raise ValueError("means the computer itself everywhere. Name the host otherwise.")
    return text


def resource_name(text: str) -> str:
    """A label of RFC 1123 that names an object in the cluster, short enough that names made from it fit as well."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", text) or len(text) > 40:
        raise ValueError("is not a name. Use at most 40 of a-z, 0-9 and -, with no - at either end.")
    return text


def host_label(text: str) -> str:
    """One label of a DNS name."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", text):
        raise ValueError(f"{text} is not one label of a DNS name. Use a-z, 0-9 and -, without a dot.")
    return text


def domain_name(text: str) -> str:
    """A DNS name of two labels or more, as one writes it in a browser."""
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    if not re.fullmatch(rf"({label}\.)+{label}", text) or len(text) > 253 or re.fullmatch(r"[0-9.]+", text):
        raise ValueError(f"{text} is not a DNS name. Write one like www.example.org, in small letters.")
    return text


def image_name(text: str) -> str:
    """A container image with its tag or digest: without one, it would be another image tomorrow."""
    name = r"[a-z0-9]+([._-]+[a-z0-9]+)*"
    registry = r"([A-Za-z0-9.-]+(:\d+)?/)?"
    if not re.fullmatch(rf"{registry}{name}(/{name})*(:[\w][\w.-]{{0,127}})?(@sha256:[0-9a-f]{{64}})?", text):
        raise ValueError(f"{text} is not an image. Write one like docker.io/traefik/whoami:v1.11.0.")
    if "@" not in text and ":" not in text.rpartition("/")[2]:
        raise ValueError(f"{text} names no version. Add its tag, like {text}:1.0, or its digest.")
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


ResourceName = Annotated[str, AfterValidator(resource_name)]
HostLabel = Annotated[str, AfterValidator(host_label)]
DomainName = Annotated[str, AfterValidator(domain_name)]
ImageName = Annotated[str, AfterValidator(image_name)]
DnsLabel = Annotated[str, AfterValidator(dns_label)]
Network = Annotated[IPv4Network, BeforeValidator(network)]
HttpsUrl = Annotated[str, AfterValidator(https_url)]
WebUrl = Annotated[str, AfterValidator(web_url)]
