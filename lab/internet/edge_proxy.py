"""The edge of the lab's Cloudflare: a reverse proxy for the zones of the lab's account, in a network of its own."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lab.internet.ca import ensure_authority, ensure_origin_authority, ensure_site
from lab.internet.service import Service, command, ensure_service
from lab.internet.sites import sites_folder
from lab.lab import EDGE, Lab
from lab.progress import Report
from lab.providers.cloudflare.account import Account, ensure_account

ANYWHERE = "0.0.0.0"  # noqa: S104 -- in a network namespace where nothing else runs
PORTS = (80, 443)


def start_edge(lab: Lab, program: Path, domains: Iterable[str], report: Report) -> bool:
    """Add these domains to the lab's account, as a real owner does by hand. Start the edge if the account has any.

    Returns whether the edge had to be started. Needs the lab's network. Raises ServiceError.
    """
    account = ensure_account(lab, domains)
    zones = account.zones()
    if not zones:
        return False
    certificates = certificates_folder(lab)
    certificates.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = ensure_authority(sites_folder(lab))
    for domain in zones:
        ensure_site(certificates, domain, authority)
    return ensure_service(lab, _edge(program, account, certificates), report)


def domains_of(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The domain in a stack's settings, which its owner has added at Cloudflare. Empty if there is none."""
    edge = settings.get("edge")
    domain = edge.get("domain") if isinstance(edge, Mapping) else None
    return (domain,) if isinstance(domain, str) and domain else ()


def certificates_folder(lab: Lab) -> Path:
    """Folder with the edge's certificates for visitors: DOMAIN.pem and DOMAIN.key. They cover subdomains, too."""
    return sites_folder(lab) / "edge"


def _edge(program: Path, account: Account, certificates: Path) -> Service:
    """The edge notices changes in the two folders by itself. Only for a new origin authority it must restart."""
    return Service(
        name="edge",
        role=EDGE,
        command=command(program, "-cloud", account.folder, "-certificates", certificates),
        listens=tuple((ANYWHERE, port) for port in PORTS),
        sources=(ensure_origin_authority(account.folder).certificate,),
    )
