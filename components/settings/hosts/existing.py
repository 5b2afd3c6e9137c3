"""Settings of a host that is there already: a machine at home, or a server that was rented elsewhere."""

import base64
import binascii
import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from components.settings.hosts.common import Architecture, HostPart

KEY_TYPES = r"ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)"
PROGRAMS_USER = "operator"
# Where a visitor from elsewhere can't come to: private ranges, carriers' own, link-local, loopback.
INWARD = {
    4: "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 169.254.0.0/16 127.0.0.0/8 0.0.0.0/8",
    6: "fc00::/7 fe80::/10 ::1/128 ::/128",
}


def reachable_at(text: str) -> str:
    """An address or a name, as one types it after `ssh`."""
    try:
        return str(ip_address(text))
    except ValueError:
        pass
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    if not re.fullmatch(rf"{label}(\.{label})*", text) or len(text) > 253 or re.fullmatch(r"[0-9.]+", text):
        raise ValueError(f"{text} is neither an address nor a DNS name. Write one like 192.168.1.20.")
    return text


def visited_address(value: object) -> IPv4Address | IPv6Address:
    """An address that visitors can come to."""
    try:
        address = ip_address(str(value))
    except ValueError:
        raise ValueError(f"{value} is not an IP address. Write one like 198.51.100.7.") from None
    if any(address in ip_network(network) for network in INWARD[address.version].split()):
        raise ValueError(f"{address} can't be reached from elsewhere. Give the address that your router forwards from.")
    return address


def user_name(text: str) -> str:
    """A user of Linux."""
    if not re.fullmatch(r"[a-z_][a-z0-9_-]{0,31}", text):
        raise ValueError(f"{text} is not a user's name. Use at most 32 of a-z, 0-9, - and _, a letter first.")
    return text


def other_user(text: str) -> str:
    """Not the one that the program makes on every host, and removes with it."""
    if text == PROGRAMS_USER:
        raise ValueError(f"{text} is the user that the program makes for itself. Log in as another one.")
    return text


def known_key(text: str) -> str:
    """A host's public key, without a name before it and a comment behind it, which ssh-keyscan and sshd add."""
    found = re.search(rf"(?:^|\s)({KEY_TYPES})\s+([A-Za-z0-9+/]+=*)(?:\s|$)", text.strip())
    if not found:
        raise ValueError("is not a host key. Paste one as ssh-keyscan prints it: ecdsa-sha2-nistp256 AAAA….")
    kind, encoded = found.groups()
    try:
        whole = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        whole = b""
    if not whole.startswith(len(kind).to_bytes(4, "big") + kind.encode()) or len(whole) < 4 + len(kind) + 4 + 32:
        raise ValueError("is not whole. Paste the line to its end.")
    return f"{kind} {encoded}"


def folder(text: str) -> str:
    """An absolute path, not of the system's own folders."""
    if not re.fullmatch(r"(/[A-Za-z0-9._-]+)+", text) or {".", ".."} & set(text.split("/")):
        raise ValueError(f"{text} is not a folder's path. Write one like /srv/data, of letters, digits, ., _ and -.")
    return text


class ExistingHost(HostPart):
    """A machine that someone else looks after: reached over SSH once, to join the tailnet; then as all others are."""

    cloud: Literal["existing"]
    """A machine that is there already."""
    address: Annotated[str, AfterValidator(reachable_at)]
    """IPv4 or IPv6 address, or DNS name, where SSH answers to the computer that runs Pulumi. It may be a tailnet's."""
    port: int = Field(default=22, ge=1, le=65535)
    """Of SSH, at that address."""
    user: Annotated[str, AfterValidator(user_name), AfterValidator(other_user)]
    """Who logs in there, with the key in `logins`; may use sudo."""
    host_key: Annotated[str, AfterValidator(known_key)] = ""
    """The machine's public SSH key: `ecdsa-sha2-nistp256 AAAA…`. Required; the error says how to get it."""
    architecture: Architecture = "amd64"
    """Of its processor: arm64 for a Raspberry Pi."""
    public_address: Annotated[IPv4Address | IPv6Address, BeforeValidator(visited_address)] | None = None
    """Where visitors reach ports 80 and 443 of it. Needed for the role ingress."""
    volume: Annotated[str, AfterValidator(folder)] | None = None
    """Folder for data, perhaps a disk mounted there. None: one of the program's own choice."""
    lost: bool = False
    """For a machine that will never answer again: bring the stack up with this, then without the host. Then nothing is
    undone on it."""
