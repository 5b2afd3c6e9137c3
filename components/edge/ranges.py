"""The address ranges from which Cloudflare connects to the hosts."""

from dataclasses import dataclass

from components.settings.edge import Edge


@dataclass(frozen=True)
class VisitorRanges:
    """Ranges for which firewalls open ports 80 and 443, and whose headers Traefik trusts. Empty: trust no proxy."""

    ipv4: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """All ranges, IPv4 first."""
        return self.ipv4 + self.ipv6


def visitor_ranges(edge: Edge) -> VisitorRanges:
    """The ranges that Cloudflare publishes now. A preview needs them, too: each firewall rule is a resource.

    Sorted, so that another order in Cloudflare's answer does not change a firewall. Empty without a domain.
    """
    if edge.domain is None:
        return VisitorRanges()
    # Imported here: a stack without a domain needs neither the SDK nor its plugin.
    import pulumi_cloudflare as cloudflare

    published = cloudflare.get_ip_ranges()
    return VisitorRanges(tuple(sorted(published.ipv4_cidrs)), tuple(sorted(published.ipv6_cidrs)))
