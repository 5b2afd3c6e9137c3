"""The services of the lab's internet: control server, name server, packages, mirror, registry, edge, operator."""

from dataclasses import dataclass
from pathlib import Path

from lab.internet.ca import ensure_authority, ensure_server
from lab.internet.edge_proxy import domains_of, start_edge
from lab.internet.headscale import URL, Headscale
from lab.internet.operator import OperatorDevice
from lab.internet.serve import LISTENS
from lab.internet.service import Service, ServiceError, command, ensure_service, sources_of, stop_services
from lab.internet.sites import link, mirror_site, more_to_come, packages_site, registry_site, sites_folder
from lab.internet.store import Store, store_folder, store_settings
from lab.lab import HEADSCALE_ADDRESS, REPOSITORY, SERVICES, Lab
from lab.progress import Report
from lab.providers.cloudflare import account

__all__ = [
    "Internet",
    "ServiceError",
    "Store",
    "domains_of",
    "link",
    "mirror_site",
    "more_to_come",
    "packages_site",
    "registry_site",
    "start_edge",
    "start_internet",
    "stop_services",
    "store_folder",
    "store_settings",
]


# Credentials of the clouds, as the program expects them. They are no secrets: the lab's clouds do not check them.
CLOUDS = {
    "TF_VAR_tenancy_ocid": "ocid1.tenancy.oc1..lab",
    "TF_VAR_user_ocid": "ocid1.user.oc1..lab",
    "TF_VAR_fingerprint": "00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00",
    "TF_VAR_private_key": "the lab's",
    "ARM_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000000",
    "ARM_TENANT_ID": "00000000-0000-0000-0000-000000000000",
    "ARM_CLIENT_ID": "00000000-0000-0000-0000-000000000000",
    "ARM_CLIENT_SECRET": "the lab's",
}


@dataclass(frozen=True)
class Internet:
    """What the engine needs to know about a lab's running internet."""

    control_server: str
    authority: Path
    """Certificate of the lab's authority, PEM."""
    api_key: str
    """Headscale's administrator key; a secret."""
    cloudflare_token: str
    """API token of the lab's Cloudflare account; a secret."""

    def environment(self) -> dict[str, str]:
        """Environment variables for the providers, and for other Go and Python programs."""
        return {
            "TAILSCALE_BASE_URL": self.control_server,
            "TAILSCALE_API_KEY": self.api_key,
            "TAILSCALE_TAILNET": "-",
            "CLOUDFLARE_API_TOKEN": self.cloudflare_token,
            "SSL_CERT_FILE": str(self.authority),
            **CLOUDS,
        }


def start_internet(lab: Lab, python: Path, headscale: Path, tailscaled: Path, report: Report) -> Internet:
    """Start the services that do not run, and let the operator join. Needs the lab's network. Raises ServiceError."""
    folder = sites_folder(lab)
    folder.mkdir(mode=0o700, exist_ok=True)
    authority = ensure_authority(folder)
    control = Headscale(lab, headscale)
    operator = OperatorDevice(lab, tailscaled)
    server = ensure_server(folder, "headscale", HEADSCALE_ADDRESS, authority)
    for service in (_web(python), control.service(server), operator.service(authority.certificate)):
        ensure_service(lab, service, report)
    api_key = control.api_key()
    with report.begin("operator", "joining the tailnet", minor=True) as task:
        if operator.join(control.operator_key):
            task.done("in the tailnet")
    return Internet(URL, authority.certificate, api_key, account.ensure_account(lab, ()).token())


def _web(python: Path) -> Service:
    return Service(
        name="internet",
        role=SERVICES,
        command=command(python, "-m", "lab.internet.serve"),
        listens=LISTENS,
        sources=(*sources_of("lab.internet"), REPOSITORY / "lab" / "lab.py", Path(account.__file__)),
    )
