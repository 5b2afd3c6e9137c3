"""DNS records. Each name has the addresses of all ingress hosts, so that the edge can use another one if one fails."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

import pulumi
import pulumi_cloudflare as cloudflare

from components.hosts.host import Host, PublicAddresses

T = TypeVar("T")

AUTOMATIC = 1  # means "automatic" at Cloudflare: the only value that proxied records may have


def owner() -> str:
    """The beginning of the comments of this stack's records."""
    return f"{pulumi.get_project()} {pulumi.get_stack()}: "


def point_at(
    fqdn: str, zone_id: str, hosts: Mapping[str, Host], opts: pulumi.ResourceOptions
) -> list[cloudflare.DnsRecord]:
    """One record for each public address of each ingress host. `hosts`: by name. `fqdn`: the site's full DNS name.

    Whether a host has its IPv6 address may be known only during the update, too late to omit a record. So a host
    without it gets a TXT record, which no visitor uses, and which becomes an AAAA record later. All others are
    proxied: visitors get the edge's addresses, and only the edge trusts the hosts' certificate.
    """
    targets = {
        f"{fqdn}-{host.name}-{target.kind.lower()}": (host, target)
        for host in hosts.values()
        for target in _targets(host.public)
    }
    return [
        cloudflare.DnsRecord(
            name,
            zone_id=zone_id,
            name=fqdn,
            type=target.if_there(target.kind, "TXT"),
            content=target.if_there(target.address, f'"{host.name}: no {target.kind} record"'),
            proxied=target.if_there(True, False),
            ttl=AUTOMATIC,
            comment=f"{owner()}{host.name}",
            opts=opts,
        )
        for name, (host, target) in targets.items()
    ]


@dataclass(frozen=True)
class _Target:
    kind: str
    address: pulumi.Output[str]
    there: pulumi.Output[bool] | None = None

    def if_there(self, yes: pulumi.Input[T], no: T) -> pulumi.Input[T]:
        if self.there is None:
            return yes
        return pulumi.Output.all(self.there, yes).apply(lambda known: cast(T, known[1]) if known[0] else no)


def _targets(public: PublicAddresses) -> Iterator[_Target]:
    if public.ipv4 is not None:
        yield _Target("A", public.ipv4)
    if public.ipv6 is not None:
        yield _Target("AAAA", public.ipv6, public.has_ipv6)
