"""Checks for missing credentials. Otherwise each provider would fail on its own, some in the middle of an update."""

from collections.abc import Mapping

from components.clouds.registry import by_cloud
from components.credentials.sources import Sources
from components.edge.credentials import CLOUDFLARE
from components.overlay.registry import KIND
from components.settings.edge import Edge
from components.settings.errors import Finding
from components.settings.host import HostPart

PAGE = "docs/credentials.md"


def missing_credentials(hosts: Mapping[str, HostPart], edge: Edge, sources: Sources | None = None) -> list[Finding]:
    """A finding for each provider of the stack that lacks credentials.

    It cannot check whether credentials are valid and have enough rights: only the provider's API knows.
    """
    found = sources or Sources()
    clouds = [cloud.credentials for cloud in by_cloud(hosts) if cloud.credentials]
    needed = [*clouds, *([CLOUDFLARE] if edge.domain else ()), KIND.credentials]
    problems = {each.provider: each.missing(found) for each in needed}
    return [
        Finding(name, f"{problem}; see {PAGE}#{name}.") for name, problem in problems.items() if problem is not None
    ]
