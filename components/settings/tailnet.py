"""Settings of the tailnet that all hosts join."""

from ipaddress import IPv4Network

from pydantic import Field, field_validator

from components.settings.part import HttpsUrl, Network, Part

# Tailscale's clients drop packets of this range that do not come in by the tailnet, however little of it is in use.
CARRIER_GRADE_NAT = IPv4Network("100.64.0.0/10")


class Tailnet(Part):
    """Where the tailnet is controlled, and for how long a host may take to join it."""

    control_server: HttpsUrl | None = None
    """URL of a Headscale server. None: Tailscale's own."""
    network: Network = CARRIER_GRADE_NAT
    """Range of the devices' addresses."""
    key_expiry_minutes: int = Field(default=60, ge=5, le=1440)
    """How long the key of a new host can be used."""
    replace_policy: bool = False
    """Whether to replace the policy of a tailnet that has one of its own already."""

    @field_validator("network")
    @classmethod
    def is_of_tailscale(cls, network: IPv4Network) -> IPv4Network:
        """A Headscale server may give out a part of the range, but nothing else."""
        if not network.subnet_of(CARRIER_GRADE_NAT):
            raise ValueError(f"{network} is not in {CARRIER_GRADE_NAT}, the only range that clients accept.")
        return network
