"""Checks the domain's zone before anything is created: its TLS mode, and records that conflict with sites."""

from collections.abc import Iterable, Iterator
from typing import Any

import pulumi

from components.settings.edge import Edge
from components.settings.errors import Finding, SettingsError

MODES = {"off": "Off", "flexible": "Flexible"}
"""TLS modes in which Cloudflare connects to hosts by http, with their names in the dashboard."""


def check_zone(edge: Edge, sites: Iterable[tuple[str, str]]) -> None:
    """Asks Cloudflare, also in previews. Does nothing without a domain. `sites`: host names, each with its settings
    key.

    Warns of a TLS mode in which sites only redirect. Raises SettingsError for a name with records of others: Cloudflare
    accepts no A record beside a CNAME, and beside other A records visitors would also reach other servers.
    """
    if edge.domain is None:
        return
    from components.edge.zone import zone_id  # imported here: other stacks need no such SDK

    zone = zone_id(edge)
    if not edge.manage_tls_mode:
        _check_mode(edge, zone)
    findings = [finding for key, name in dict(sites).items() for finding in _strangers(key, name, zone)]
    if findings:
        raise SettingsError(f"The zone {edge.domain} at Cloudflare", findings)


def _check_mode(edge: Edge, zone: str) -> None:
    import pulumi_cloudflare as cloudflare

    try:
        mode = cloudflare.get_zone_setting(zone_id=zone, setting_id="ssl").value
    except Exception as error:  # the SDK has no narrower one
        pulumi.log.warn(
            f"edge.domain: can't read the TLS mode of the zone {edge.domain}: {error}. Give the API token the right "
            "Zone · Zone Settings · Read. No site works in the modes Off and Flexible."
        )
        return
    if mode in MODES:
        pulumi.log.warn(
            f"edge.domain: the zone {edge.domain} is in the TLS mode {MODES[mode]}. Cloudflare asks the hosts by http, "
            "and Traefik redirects that to https, again and again: no site works. Set edge.manage_tls_mode: true, or "
            "set the mode to Full (strict) at Cloudflare (SSL/TLS > Overview)."
        )


def _strangers(key: str, name: str, zone: str) -> Iterator[Finding]:
    """Records of a name that conflict, except this stack's own."""
    import pulumi_cloudflare as cloudflare

    from components.edge.records import owner

    found: list[Any] = cloudflare.get_dns_records(zone_id=zone, name={"exact": name}).results
    for record in found:
        what = f"{name} has a record {record.type} {record.content} that is not this stack's"
        if record.type == "CNAME":
            why = "Cloudflare takes no address beside it"
        elif record.type in ("A", "AAAA") and not (record.comment or "").startswith(owner()):
            why = "visitors would be sent there, too"
        else:
            continue
        yield Finding(key, f"{what}: {why}. Delete it at Cloudflare, or use another name here.")
