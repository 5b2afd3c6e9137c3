"""One lab: name, folder and namespaces. Also the addresses that all labs use."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tailnet-k3s"
"""Cache of builds and downloads, by version and checksum. All labs and clones of this user share it."""

DEFAULT_NAME = "lab"

# Namespaces that every lab has in addition to those of its hosts. A host can't have one of these names.
ROUTER = "internet"
SERVICES = "services"
OPERATOR = "operator"
VISITOR = "visitor"
EDGE = "edge"
ROLES = (ROUTER, SERVICES, OPERATOR, VISITOR, EDGE)

# All labs use the same addresses: each has its own network namespaces, so they never meet. Ranges of RFC 5737 and
# RFC 3849.
PUBLIC_NETWORK = "198.51.100.0/24"
"""Public addresses of hosts. The router translates them one to one to private addresses, as clouds do."""
PUBLIC_POOLS = {"oracle": "198.51.100.0/25", "azure": "198.51.100.128/25"}
"""Part of PUBLIC_NETWORK for each cloud."""
IPV6_POOLS = {"oracle": "2001:db8:100::/41", "azure": "2001:db8:180::/41"}
"""Global IPv6 addresses of each cloud: a /56 for each network, or single ones if the cloud translates addresses."""
SERVICES_NETWORK = "203.0.113.0/24"
HEADSCALE_ADDRESS = "203.0.113.2"
DNS_ADDRESS = "203.0.113.3"
PACKAGES_ADDRESS = "203.0.113.4"
MIRROR_ADDRESS = "203.0.113.5"
REGISTRY_ADDRESS = "203.0.113.6"
STORE_ADDRESS = "203.0.113.7"
"""Of a store with the API of S3, in labs whose stack has backups."""
STORE_NAME = "store.lab.test"
SERVICE_ADDRESSES = (
    HEADSCALE_ADDRESS,
    DNS_ADDRESS,
    PACKAGES_ADDRESS,
    MIRROR_ADDRESS,
    REGISTRY_ADDRESS,
    STORE_ADDRESS,
)
OUTSIDE_NETWORK = "192.0.2.0/24"
OPERATOR_ADDRESS = "192.0.2.10"
VISITOR_ADDRESS = "192.0.2.20"
HOME_ROUTER_ADDRESS = "192.0.2.40"
"""Public address of all machines at home. Their router admits no connections from the internet."""
OUTSIDE_NETWORK_6 = "2001:db8:0:2::/64"
OPERATOR_ADDRESS_6 = "2001:db8:0:2::10"
VISITOR_ADDRESS_6 = "2001:db8:0:2::20"
EDGE_ADDRESS = "192.0.2.30"
EDGE_ADDRESS_6 = "2001:db8:0:2::30"
"""Address of the reverse proxy that replaces Cloudflare's: proxied names resolve to it."""

DNS_NAMES = {
    "packages.lab.test": PACKAGES_ADDRESS,
    "mirror.lab.test": MIRROR_ADDRESS,
    "registry.lab.test": REGISTRY_ADDRESS,
    STORE_NAME: STORE_ADDRESS,
}
"""Names that the lab's DNS server at DNS_ADDRESS resolves."""


@dataclass(frozen=True)
class Lab:
    """A lab: its name (a DNS label of at most 12 characters), and the folder that contains all of it."""

    name: str
    root: Path

    def __post_init__(self) -> None:
        """Raises ValueError for an invalid name or a relative folder."""
        if not re.fullmatch(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", self.name):
            raise ValueError(
                f"lab name {self.name!r}: use 1 to 12 of a-z, 0-9 and '-', starting with a letter, not ending with '-'"
            )
        if not self.root.is_absolute():
            raise ValueError(f"lab {self.name}: its folder {self.root} must be an absolute path")

    @property
    def id(self) -> str:
        """Name for namespaces and cgroups. It differs for labs of the same name in two clones."""
        return f"{self.name}-{hashlib.sha256(str(self.root).encode()).hexdigest()[:4]}"

    def namespace(self, role: str) -> str:
        """Network namespace of a host, or of one of ROLES, by its name for `ip netns`."""
        return f"{self.id}.{role}"

    @property
    def logs(self) -> Path:
        """Folder for logs, except those of hosts."""
        return self.root / "log"


def find_lab(name: str = DEFAULT_NAME) -> Lab:
    """The lab of this name in this clone, whether it exists or not. Changes nothing."""
    return Lab(name, REPOSITORY / ".lab" / name)


def lab_from_environment() -> Lab:
    """The lab in the variables LAB_NAME and LAB_ROOT, for providers and services.

    Raises RuntimeError if a variable is missing.
    """
    name, root = os.environ.get("LAB_NAME"), os.environ.get("LAB_ROOT")
    if not name or not root:
        raise RuntimeError("LAB_NAME and LAB_ROOT must both be set: this program is started by bin/lab")
    return Lab(name, Path(root))


def lab_environment(lab: Lab) -> dict[str, str]:
    """The variables that `lab_from_environment` reads."""
    return {"LAB_NAME": lab.name, "LAB_ROOT": str(lab.root)}


def existing_labs() -> list[Lab]:
    """Labs of this clone that have a folder, by name."""
    folder = REPOSITORY / ".lab"
    return [find_lab(path.name) for path in sorted(folder.iterdir()) if path.is_dir()] if folder.is_dir() else []
