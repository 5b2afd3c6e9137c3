"""The entry as a whole: the zone and its certificate at the edge, and Traefik on the ingress hosts."""

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
    from components.ingress.route import Entry


@dataclass(frozen=True)
class EntryArgs:
    """Hosts with the role ingress, by name."""

    edge: Edge
    ingress: IngressSettings
    k3s: K3sSettings
    cluster: K3s
    hosts: Mapping[str, Host]
    visitors: VisitorRanges
    downloads: Downloads = field(default_factory=Downloads)


def create_entry(name: str, args: EntryArgs) -> "Entry | None":
    """Creates the entry for routes. None without a domain or without an ingress host."""
    if args.edge.domain is None or not args.hosts:
        return None
    # Imported here: stacks without an entry need neither SDK, and both load slowly.
    from components.edge.certificate import OriginCertificate, OriginCertificateArgs
    from components.edge.origin_pulls import OriginPulls
    from components.edge.zone import strict_tls, zone_id
    from components.ingress.ingress import Ingress, IngressArgs
    from components.ingress.route import Entry

    zone = zone_id(args.edge)
    certificate = OriginCertificate(name, OriginCertificateArgs(args.edge.domain, args.edge.certificate_days))
    pulls = OriginPulls(name, zone) if args.edge.origin_pulls else None
    ingress = Ingress(
        name,
        IngressArgs(
            entry=args,
            domain=args.edge.domain,
            certificate=certificate.certificate,
            private_key=certificate.private_key,
            authority=pulls.authority if pulls else None,
        ),
    )
    ready = ingress.ready
    if args.edge.manage_tls_mode:  # after the certificate, which this mode requires
        ready += (strict_tls(name, zone, pulumi.ResourceOptions(depends_on=list(ready))),)
    certificates = {"origin": certificate.certificate} | ({"origin_pulls": pulls.certificate} if pulls else {})
    return Entry(args.cluster, args.edge.domain, zone, args.hosts, ready, certificates)
