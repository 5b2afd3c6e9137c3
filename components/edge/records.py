"""DNS records: every name points at all ingress hosts, so that the edge has another when one is gone."""

from collections.abc import Mapping

import pulumi
import pulumi_cloudflare as cloudflare

from components.hosts.host import Host

AUTOMATIC = 1  # seconds: Cloudflare's word for it, and the only value that it takes for proxied records


def point_at(
    host_name: str, zone_id: str, hosts: Mapping[str, Host], opts: pulumi.ResourceOptions
) -> list[cloudflare.DnsRecord]:
    """One record for each host and family that it has a public address in, keyed by the host's name.

    Proxied: visitors get the edge's addresses, and only the edge trusts the hosts' certificate. `host_name` in full.
    """
    targets = {
        f"{host_name}-{host.name}-{kind.lower()}": (kind, host, address)
        for host in hosts.values()
        for kind, address in (("A", host.public.ipv4), ("AAAA", host.public.ipv6))
        if address is not None
    }
    return [
        cloudflare.DnsRecord(
            name,
            zone_id=zone_id,
            name=host_name,
            type=kind,
            content=address,
            proxied=True,
            ttl=AUTOMATIC,
            comment=f"{pulumi.get_project()} {pulumi.get_stack()}: {host.name}",
            opts=opts,
        )
        for name, (kind, host, address) in targets.items()
    ]
