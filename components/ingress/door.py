"""The way in, as a whole: the zone and its certificate at the edge, and Traefik on the ingress hosts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi

from components.cluster.k3s import K3s
from components.edge.ranges import VisitorRanges
from components.hosts.host import Host
from components.settings.downloads import Downloads
from components.settings.edge import Edge
from components.settings.ingress import Ingress as IngressSettings
from components.settings.k3s import K3s as K3sSettings

if TYPE_CHECKING:
    from components.ingress.route import Door


@dataclass(frozen=True)
class DoorArgs:
    """Hosts by name, those with the role ingress."""

    edge: Edge
    ingress: IngressSettings
    k3s: K3sSettings
    cluster: K3s
    hosts: Mapping[str, Host]
    visitors: VisitorRanges
    downloads: Downloads = field(default_factory=Downloads)


def open_door(name: str, args: DoorArgs) -> "Door | None":
    """The way in for routes; None without a domain, or without a host for it: nothing is made then."""
    if args.edge.domain is None or not args.hosts:
        return None
    # Here, for stacks without a door need neither SDK: each takes its time to load.
    from components.edge.certificate import OriginCertificate, OriginCertificateArgs
    from components.edge.origin_pulls import OriginPulls
    from components.edge.zone import strict_tls, zone_id
    from components.ingress.ingress import Ingress, IngressArgs
    from components.ingress.route import Door

    zone = zone_id(args.edge)
    certificate = OriginCertificate(name, OriginCertificateArgs(args.edge.domain, args.edge.certificate_days))
    authority = OriginPulls(name, zone).authority if args.edge.origin_pulls else None
    ingress = Ingress(
        name,
        IngressArgs(
            settings=args.ingress,
            cluster=args.cluster,
            k3s=args.k3s,
            hosts=args.hosts,
            visitors=args.visitors,
            domain=args.edge.domain,
            certificate=certificate.certificate,
            private_key=certificate.private_key,
            authority=authority,
            downloads=args.downloads,
        ),
    )
    ready = ingress.ready
    if args.edge.manage_tls_mode:  # once there is a certificate to be strict about
        ready += (strict_tls(name, zone, pulumi.ResourceOptions(depends_on=list(ready))),)
    return Door(args.cluster, args.edge.domain, zone, args.hosts, ready)
