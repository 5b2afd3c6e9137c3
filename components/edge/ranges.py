"""Who may come to the hosts' front door: the addresses from which Cloudflare passes visitors on."""

from dataclasses import dataclass

from components.settings.edge import Edge


@dataclass(frozen=True)
class VisitorRanges:
    """Ranges that firewalls open 80 and 443 to, and whose word about a visitor's address is taken. None: nobody's."""

    ipv4: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Both families, IPv4 first."""
        return self.ipv4 + self.ipv6


def visitor_ranges(edge: Edge) -> VisitorRanges:
    """What Cloudflare publishes now, asked for in previews too: rules are resources, so their number must be known.

    Sorted, for the order of the answer means nothing and must not change a firewall. Empty without a domain.
    """
    if edge.domain is None:
        return VisitorRanges()
    # Here, for a stack without a domain needs neither the SDK nor its plugin.
    import pulumi_cloudflare as cloudflare

    published = cloudflare.get_ip_ranges()
    return VisitorRanges(tuple(sorted(published.ipv4_cidrs)), tuple(sorted(published.ipv6_cidrs)))
