"""Settings of a host that exists already: a machine at home, or a rented server."""

import base64
import binascii
import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from components.settings.host import PROGRAMS_USER, Architecture, HostPart

KEY_TYPES = r"ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521)"
# Ranges that the internet cannot reach: private, link-local, loopback. (The range for carriers is another check.)
INWARD = {
    4: "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16 127.0.0.0/8 0.0.0.0/8",
    6: "fc00::/7 fe80::/10 ::1/128 ::/128",
}


def reachable_at(text: str) -> str:
    """An IP address or a DNS name, as for `ssh`."""
    try:
        return str(ip_address(text))
    except ValueError:
        pass
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    if not re.fullmatch(rf"{label}(\.{label})*", text) or len(text) > 253 or re.fullmatch(r"[0-9.]+", text):
        raise ValueError(f"{text} is neither an address nor a DNS name. Write one like 192.168.1.20.")
    return text


def visited_address(value: object) -> IPv4Address | IPv6Address:
    """An address that the internet can reach."""
    try:
        address = ip_address(str(value))
    except ValueError:
        raise ValueError(f"{value} is not an IP address. Write one like 198.51.100.7.") from None
    of_a_carrier = not (address.is_private or address.is_global)  # so Python tells the shared range of RFC 6598
    if of_a_carrier or any(address in ip_network(network) for network in INWARD[address.version].split()):
        raise ValueError(f"{address} can't be reached from the internet. Give the public address of your router.")
    return address


def user_name(text: str) -> str:
    """A user of Linux."""
    if not re.fullmatch(r"[a-z_][a-z0-9_-]{0,31}", text):
        raise ValueError(f"{text} is not a user's name. Use at most 32 of a-z, 0-9, - and _, a letter first.")
    return text


def other_user(text: str) -> str:
    """Not the user that the program creates on every host, and removes with it."""
    if text == PROGRAMS_USER:
        raise ValueError(f"{text} is the user that the program creates for itself. Name another user.")
    return text


def known_key(text: str) -> str:
    """A host's public key, without the name and the comment that ssh-keyscan and sshd add."""
    if re.search(r"(?:^|\s)ssh-rsa\s", text):
        # A key of this name signs with SHA-1, which sshd has refused since OpenSSH 8.8: nobody ever gets in.
        raise ValueError(
            "is an RSA key, by which Pulumi can't know a host. Paste the one that `ssh-keyscan -t ecdsa` prints."
        )
    found = re.search(rf"(?:^|\s)({KEY_TYPES})\s+([A-Za-z0-9+/]+=*)(?:\s|$)", text.strip())
    if not found:
        raise ValueError("is not a host key. Paste one as ssh-keyscan prints it: ecdsa-sha2-nistp256 AAAA….")
    kind, encoded = found.groups()
    try:
        whole = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        whole = b""
    if not whole.startswith(len(kind).to_bytes(4, "big") + kind.encode()) or len(whole) < 4 + len(kind) + 4 + 32:
        raise ValueError("is not complete. Paste the whole line.")
    return f"{kind} {encoded}"


def folder(text: str) -> str:
    """An absolute path outside the system's own folders."""
    if not re.fullmatch(r"(/[A-Za-z0-9._-]+)+", text) or {".", ".."} & set(text.split("/")):
        raise ValueError(f"{text} is not a folder's path. Write one like /srv/data, of letters, digits, ., _ and -.")
    return text


class ExistingHost(HostPart):
    """An existing machine. The first step logs in at `address`; all later steps use the tailnet."""

    cloud: Literal["existing"]
    """A machine that exists already."""
    address: Annotated[str, AfterValidator(reachable_at)]
    """IPv4 or IPv6 address, or DNS name, for SSH from the computer that runs Pulumi. May be a tailnet address."""
    port: int = Field(default=22, ge=1, le=65535)
    """SSH port at that address."""
    user: Annotated[str, AfterValidator(user_name), AfterValidator(other_user)]
    """User for that login, with the key in `logins`. Must be allowed to use sudo."""
    host_key: Annotated[str, AfterValidator(known_key)] = ""
    """The machine's public SSH key: `ecdsa-sha2-nistp256 AAAA…`. Required; the error says how to get it."""
    architecture: Architecture = "amd64"
    """Architecture of its processor: arm64 for a Raspberry Pi."""
    public_address: Annotated[IPv4Address | IPv6Address, BeforeValidator(visited_address)] | None = None
    """Public address at which visitors reach its ports 80 and 443. Required for the role ingress."""
    volume: Annotated[str, AfterValidator(folder)] | None = None
    """Folder for data, for example the mount point of a disk. None: a folder below /var/lib/tailnet-k3s."""
    lost: bool = False
    """Set it for a machine that is gone for good, and run `pulumi up`. Then remove the host from the settings. The
    program will not try to clean up on the machine."""
