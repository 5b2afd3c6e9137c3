"""Settings of Oracle's cloud: where hosts are created there. Region and credentials are the provider's own settings."""

from ipaddress import IPv4Network

from components.settings.part import Network, Part


class Images(Part):
    """OCIDs of Debian or Ubuntu images, for hosts that are still to be created."""

    amd64: str | None = None
    arm64: str | None = None


class Oracle(Part):
    """What all hosts in Oracle's cloud share. Compartment, domain and image are required once there is such a host."""

    compartment: str | None = None
    """OCID."""
    availability_domain: str | None = None
    """As the console shows it, with its prefix: `Uocm:EU-FRANKFURT-1-AD-1`."""
    image: Images = Images()
    network: Network = IPv4Network("10.0.0.0/16")
    """Can't be changed once there are hosts in it, nor can the subnet."""
    subnet: Network = IPv4Network("10.0.0.0/24")
