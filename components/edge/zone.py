"""The domain's zone at Cloudflare: its id, and its TLS mode."""

import pulumi
import pulumi_cloudflare as cloudflare

from components.settings.edge import Edge


def zone_id(edge: Edge) -> str:
    """The id of the zone: from the settings, or looked up by the domain's name, also in previews.

    Raises RunError if the API token cannot see the zone.
    """
    if edge.zone is not None:
        return edge.zone
    found = cloudflare.get_zones(name=edge.domain).results
    if len(found) != 1:
        raise pulumi.RunError(
            f"edge.domain: this API token can see {len(found)} zones {edge.domain}. Check the domain, and "
            "that the token may read its zone (Zone · Zone · Read); or set edge.zone."
        )
    return found[0].id


def strict_tls(name: str, zone: str, opts: pulumi.ResourceOptions) -> cloudflare.ZoneSetting:
    """Sets the mode "Full (strict)" for the whole zone: the edge uses TLS and verifies the hosts' certificate.

    When this resource is deleted, the mode stays: Cloudflare's API does not know the mode before.
    """
    return cloudflare.ZoneSetting(name, zone_id=zone, setting_id="ssl", value="strict", opts=opts)
