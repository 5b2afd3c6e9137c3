"""The rule for packages that steps install: the host's owner must not have put them on hold."""

from collections.abc import Iterator

from components.datastore.registry import DATASTORES
from components.look.facts import Facts
from components.look.wanted import WantedHost
from components.settings.errors import Finding

OF_HOSTS = ("ca-certificates", "curl", "python3")
OF_NODES = ("haproxy", "nftables", "openssl")
OF_SERVERS = ("jq",)
OF_BACKUPS = ("age", "gzip", "python3")
OF_RESTORES = (*OF_BACKUPS, "python3-cryptography")


def packages_can_be_installed(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """apt refuses to install a package on hold. Installed packages may be on hold: steps upgrade none."""
    held = sorted(set(needed_packages(wanted)) & set(facts.held or ()))
    if held:
        yield Finding(
            wanted.key,
            f"has {' and '.join(held)} on hold, so that no step can install what the host needs. Run there:"
            f" sudo apt-mark unhold {' '.join(held)}",
        )


def needed_packages(wanted: WantedHost) -> Iterator[str]:
    """Names of the packages that steps install on the host, where they are missing."""
    yield from OF_HOSTS
    if wanted.is_node:
        yield from OF_NODES
    if "server" in wanted.roles:
        yield from OF_SERVERS
    if "database" in wanted.roles and wanted.backup_hours:
        yield from OF_BACKUPS
    if "database" in wanted.roles and wanted.restores:
        yield from OF_RESTORES
    yield from DATASTORES[wanted.datastore.kind].look.packages(wanted.datastore, wanted.name, wanted.roles)
