"""Settings of the tailnet that all hosts join."""

import re
from ipaddress import IPv4Network
from typing import Annotated, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from components.overlay.tailscale.facts import TAILSCALE
from components.overlay.tailscale.policy import MEMBERS
from components.settings.checksums import Checksums
from components.settings.part import HttpsUrl, Network, Part


def owner(text: str) -> str:
    """A user, group or role that can be the source of a rule in the tailnet's policy."""
    role, user = r"autogroup:(owner|admin|network-admin|it-admin|member)", r"[^\s:@]+@[^\s:@]*"
    if not re.fullmatch(rf"{role}|(group:)?{user}", text):
        raise ValueError(f"{text} is no user, group or role. Write one like user@example.com or autogroup:admin.")
    return text


class TailnetSettings(Part):
    """The tailnet: its control server, its address range, and who has access to the hosts."""

    control_server: HttpsUrl | None = None
    """URL of a Headscale server. None: Tailscale's control server."""
    network: Network = TAILSCALE.ipv4
    """Range of the devices' addresses."""
    sha256: Checksums = Checksums()
    """SHA-256 of Tailscale's archive, by architecture, for a mirror with its own builds. Default: the checksum of the
    publisher's archive."""
    key_expiry_minutes: int = Field(default=60, ge=5, le=1440)
    """Minutes until the auth key of a new host expires."""
    owners: tuple[Annotated[str, AfterValidator(owner)], ...] | None = None
    """Who may use SSH to hosts and the cluster's API from their devices: users, groups of the identity provider, or
    roles (`autogroup:admin`). None: the tailnet's owner and administrators; with a Headscale server, every user."""
    replace_policy: bool = False
    """Whether to replace a policy that somebody else has written. If false, that policy stays, and the program reports
    the lines that it lacks."""

    @property
    def allowed_owners(self) -> tuple[str, ...]:
        """Sources for a policy: the setting `owners` or its default."""
        if self.owners is not None:
            return self.owners
        return (MEMBERS,) if self.control_server else ("autogroup:owner", "autogroup:admin")

    @model_validator(mode="after")
    def knows_its_owners(self) -> Self:
        """Headscale knows neither roles nor groups of an identity provider."""
        if self.control_server:
            for one in self.owners or ():
                if one != MEMBERS and one.startswith(("autogroup:", "group:")):
                    raise ValueError(f"names {one} in owners, which Headscale does not know. Name users or {MEMBERS}.")
        return self

    @field_validator("network")
    @classmethod
    def is_of_tailscale(cls, network: IPv4Network) -> IPv4Network:
        """A Headscale server may use a part of the range, but no other range."""
        if not network.subnet_of(TAILSCALE.ipv4):
            raise ValueError(f"{network} is not in {TAILSCALE.ipv4}, the only range that clients accept.")
        return network
