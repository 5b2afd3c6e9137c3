"""The check itself: providers would each fail in their own words, one after the other, some of them halfway through."""

from collections.abc import Mapping

from components.credentials.providers import azure, cloudflare, oracle, tailscale
from components.credentials.sources import Sources
from components.settings.edge import Edge
from components.settings.errors import Finding
from components.settings.hosts import AzureHost, Host, OracleHost

PAGE = "docs/credentials.md"


def missing_credentials(hosts: Mapping[str, Host], edge: Edge, sources: Sources | None = None) -> list[Finding]:
    """A finding for each provider that the stack uses and that has nothing to log in with.

    Whether what they have is right, and allows enough, only their APIs know.
    """
    found = sources or Sources()
    kinds = {type(host) for host in hosts.values()}
    problems = {
        "oci": oracle(found) if OracleHost in kinds else None,
        "azure-native": azure(found) if AzureHost in kinds else None,
        "cloudflare": cloudflare(found) if edge.domain else None,
        "tailscale": tailscale(found),
    }
    return [
        Finding(name, f"{problem}; see {PAGE}#{name}.") for name, problem in problems.items() if problem is not None
    ]
