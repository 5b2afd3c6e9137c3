"""The domain's zone at Cloudflare: which one it is, and how the edge talks to the hosts for all of it."""

import pulumi
import pulumi_cloudflare as cloudflare

from components.settings.edge import Edge


def zone_id(edge: Edge) -> str:
    """The settings' zone, else the one that has the domain's name; asked for in previews too.

    Raises RunError if the API token sees none: without its zone nothing of the domain can be made.
    """
    if edge.zone is not None:
        return edge.zone
    found = cloudflare.get_zones(name=edge.domain).results
    if len(found) != 1:
        raise pulumi.RunError(
            f"edge.domain: Cloudflare shows {len(found)} zones {edge.domain} to this API token. Check the domain, and "
            "that the token may read its zone (Zone · Zone · Read); or set edge.zone."
        )
    return found[0].id


def strict_tls(name: str, zone: str, opts: pulumi.ResourceOptions) -> cloudflare.ZoneSetting:
    """Mode "Full (strict)" for all names of the zone: TLS to the hosts, and only to those that show a good certificate.

    Cloudflare keeps the mode when this is taken away: its API has no state before it to go back to.
    """
    return cloudflare.ZoneSetting(name, zone_id=zone, setting_id="ssl", value="strict", opts=opts)
