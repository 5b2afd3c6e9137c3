"""Base of the settings' parts: immutable models that refuse unknown keys, and types of text that several use."""

import re
from ipaddress import IPv4Network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict


class Part(BaseModel):
    """A group of settings."""

    # The docstring below a setting is its description in the schema and in the documentation.
    # The docstring below a setting is its description in the schema and in the documentation.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True)


def dns_label(text: str) -> str:
    """An RFC 1123 label, short enough for a tailnet name that also contains the stack's name."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", text) or len(text) > 30:
        raise ValueError("is not a name for a host. Use at most 30 of a-z, 0-9 and -, with no - at either end.")
    if text == "localhost":
        raise ValueError("always means the computer itself. Choose another name.")
    return text


def resource_name(text: str) -> str:
    """An RFC 1123 label for a Kubernetes object, short enough for longer names that are derived from it."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", text) or len(text) > 40:
        raise ValueError("is not a name. Use at most 40 of a-z, 0-9 and -, with no - at either end.")
    return text


def app_name(text: str) -> str:
    """A name that is valid for a Service, too. Kubernetes requires RFC 1035 for it."""
    if not resource_name(text)[0].isalpha():
        raise ValueError("is not a name for an app: it must begin with a letter. Change it.")
    return text


def host_label(text: str) -> str:
    """One label of a DNS name."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", text):
        raise ValueError(f"{text} is not one label of a DNS name. Use a-z, 0-9 and -, without a dot.")
    return text


def domain_name(text: str) -> str:
    """A DNS name with at least two labels."""
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    if not re.fullmatch(rf"({label}\.)+{label}", text) or len(text) > 253 or re.fullmatch(r"[0-9.]+", text):
        raise ValueError(f"{text} is not a DNS name. Write one like www.example.org, in small letters.")
    return text


def image_name(text: str) -> str:
    """A container image with a tag or a digest. Without one, the image could change at any time."""
    name = r"[a-z0-9]+([._-]+[a-z0-9]+)*"
    registry = r"([A-Za-z0-9.-]+(:\d+)?/)?"
    if not re.fullmatch(rf"{registry}{name}(/{name})*(:[\w][\w.-]{{0,127}})?(@sha256:[0-9a-f]{{64}})?", text):
        raise ValueError(f"{text} is not an image. Write one like registry.example/site:1.0.")
    if "@" not in text and ":" not in text.rpartition("/")[2]:
        raise ValueError(f"{text} names no version. Add its tag, like {text}:1.0, or its digest.")
    return text


def network(value: object) -> IPv4Network:
    """An IPv4 range: its first address and the prefix length."""
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
        raise ValueError("contains a user or a password, which others could read. Remove it.")
    if parts.query or parts.fragment:
        raise ValueError(f"{text} has more than a host and a path. Remove what follows ? or #.")
    return text.rstrip("/")


def https_url(text: str) -> str:
    """A URL of a server with TLS."""
    return _url(text, "https")


def web_url(text: str) -> str:
    """A URL of a server whose files hosts verify by other means: a checksum or a digest."""
    return _url(text, "https", "http")


AppName = Annotated[str, AfterValidator(app_name)]
ResourceName = Annotated[str, AfterValidator(resource_name)]
HostLabel = Annotated[str, AfterValidator(host_label)]
DomainName = Annotated[str, AfterValidator(domain_name)]
ImageName = Annotated[str, AfterValidator(image_name)]
DnsLabel = Annotated[str, AfterValidator(dns_label)]
Network = Annotated[IPv4Network, BeforeValidator(network)]
HttpsUrl = Annotated[str, AfterValidator(https_url)]
WebUrl = Annotated[str, AfterValidator(web_url)]
