"""The images of the lab's Oracle cloud. Hosts start from the lab's own Debian, or from its Ubuntu."""

from dataclasses import dataclass
from typing import Any

from lab.providers.oci.cloud import CloudError
from lab.providers.oci.shapes import SHAPES, Architecture
from lab.providers.stand_in import Values

SYSTEMS = (
    ("Canonical Ubuntu", "22.04"),
    ("Canonical Ubuntu", "24.04"),
    ("Canonical Ubuntu", "24.04 Minimal"),
    ("Oracle Linux", "9"),
    ("Debian", "12"),
    ("Debian", "13"),
)
"""Oracle offers no image of Debian. Its users import one into their compartment."""
IMPORTED = ("Debian",)
DATES = ("2026.06.30", "2026.09.30")
IN_NAMES: dict[Architecture, str] = {"amd64": "", "arm64": "-aarch64"}


@dataclass(frozen=True)
class Image:
    """An image. There is one for each system, version, architecture and date."""

    system: str
    version: str
    architecture: Architecture
    date: str

    @property
    def name(self) -> str:
        """Oracle's name for it: `Canonical-Ubuntu-24.04-aarch64-2026.09.30-0`."""
        title = f"{self.system} {self.version}".replace(" ", "-")
        return f"{title}{IN_NAMES[self.architecture]}-{self.date}-0"

    def ocid(self, region: str) -> str:
        """Its ID. It is the same in all labs of a region."""
        return f"ocid1.image.oc1.{region}.{self.name.lower().replace('.', '').replace('-', '')}"

    def fits(self, shape: str) -> bool:
        """Whether the shape can run the image."""
        return shape not in SHAPES or SHAPES[shape].architecture == self.architecture

    def as_listed(self, region: str, compartment: str) -> Values:
        """Its entry in the list of images."""
        return {
            "agentFeatures": [{"isManagementSupported": True, "isMonitoringSupported": True}],
            "baseImageId": "",
            "billableSizeInGbs": "2",
            "compartmentId": compartment if self.system in IMPORTED else "",
            "createImageAllowed": True,
            "definedTags": {},
            "displayName": self.name,
            "freeformTags": {},
            "id": self.ocid(region),
            "imageSourceDetails": [],
            "instanceId": "",
            "launchMode": "PARAVIRTUALIZED",
            "launchOptions": [
                {
                    "bootVolumeType": "PARAVIRTUALIZED",
                    "firmware": "UEFI_64",
                    "isConsistentVolumeNamingEnabled": self.system not in IMPORTED,
                    "isPvEncryptionInTransitEnabled": True,
                    "networkType": "PARAVIRTUALIZED",
                    "remoteDataVolumeType": "PARAVIRTUALIZED",
                }
            ],
            "listingType": "",
            "operatingSystem": self.system,
            "operatingSystemVersion": self.version,
            "sizeInMbs": "47694",
            "state": "AVAILABLE",
            "timeCreated": f"{self.date.replace('.', '-')} 12:00:00 +0000 UTC",
        }


CATALOGUE = tuple(
    Image(system, version, architecture, date)
    for system, version in SYSTEMS
    for architecture in IN_NAMES
    for date in DATES
)


def images(region: str, arguments: Values) -> list[Values]:
    """The images that `getImages` finds. Like Oracle's, newest first by default."""
    shape = arguments.get("shape")
    listed = [
        image.as_listed(region, arguments["compartmentId"]) for image in CATALOGUE if shape is None or image.fits(shape)
    ]
    for given in ("displayName", "operatingSystem", "operatingSystemVersion", "state"):
        if arguments.get(given) is not None:
            listed = [image for image in listed if image[given] == arguments[given]]
    by_name = arguments.get("sortBy") == "DISPLAYNAME"
    usual = "ASC" if by_name else "DESC"
    listed.sort(
        key=lambda image: str(image["displayName" if by_name else "timeCreated"]),
        reverse=arguments.get("sortOrder", usual) == "DESC",
    )
    return listed


RULES = """*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p icmp -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT
-A INPUT -j REJECT --reject-with icmp-host-prohibited
-A FORWARD -j REJECT --reject-with icmp-host-prohibited
-A OUTPUT -d 169.254.0.0/16 -p tcp -j REJECT --reject-with tcp-reset
COMMIT
"""
"""iptables rules of Oracle's Ubuntu images. They allow incoming SSH only, whatever the security lists say."""


def system_of(image_id: Any) -> tuple[str, tuple[tuple[str, str], ...]]:
    """HostSpec's `system` and `files` for a host with this image.

    An image that is not in the catalogue counts as Oracle's Ubuntu. The program accepts Debian and Ubuntu only, and
    Debian is an imported image.
    """
    unique = str(image_id).rsplit(".", 1)[-1]
    known = next((image for image in CATALOGUE if image.ocid("").rsplit(".", 1)[1] == unique), None)
    if known and "Ubuntu" not in known.system:
        return "debian", ()
    return "ubuntu", (("/etc/iptables/rules.v4", RULES),)


def require_fit(image_id: Any, shape: Any, what: str) -> None:
    """Raise CloudError if the shape can't run the image. Accepts images that are not in the catalogue."""
    for image in CATALOGUE:
        unique = image.ocid("").rsplit(".", 1)[1]
        if str(image_id).rsplit(".", 1)[-1] == unique and not image.fits(str(shape)):
            raise CloudError(f"{what}: 400-InvalidParameter: Shape {shape} is not valid for image {image_id}.")
