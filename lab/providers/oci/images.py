"""The images that the lab's Oracle cloud offers. Hosts all start from the lab's own one, whichever is asked for."""

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
"""Debian is not among what Oracle offers, but what people import into their compartments."""
IMPORTED = ("Debian",)
DATES = ("2026.06.30", "2026.09.30")
IN_NAMES: dict[Architecture, str] = {"amd64": "", "arm64": "-aarch64"}


@dataclass(frozen=True)
class Image:
    """An image, of which there is one for each architecture and date."""

    system: str
    version: str
    architecture: Architecture
    date: str

    @property
    def name(self) -> str:
        """As Oracle names them: `Canonical-Ubuntu-24.04-aarch64-2026.09.30-0`."""
        title = f"{self.system} {self.version}".replace(" ", "-")
        return f"{title}{IN_NAMES[self.architecture]}-{self.date}-0"

    def ocid(self, region: str) -> str:
        """Its id, the same in every lab of that region."""
        return f"ocid1.image.oc1.{region}.{self.name.lower().replace('.', '').replace('-', '')}"

    def fits(self, shape: str) -> bool:
        """Whether a shape can run it."""
        return shape not in SHAPES or SHAPES[shape].architecture == self.architecture

    def as_listed(self, region: str, compartment: str) -> Values:
        """As the list of images has it."""
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
    """Those that `getImages` finds; newest first unless asked otherwise, as Oracle has it."""
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


def require_fit(image_id: Any, shape: Any, what: str) -> None:
    """Raise CloudError for an image of the catalogue that the shape can't run. Others are not known well enough."""
    for image in CATALOGUE:
        unique = image.ocid("").rsplit(".", 1)[1]
        if str(image_id).rsplit(".", 1)[-1] == unique and not image.fits(str(shape)):
            raise CloudError(f"{what}: 400-InvalidParameter: Shape {shape} is not valid for image {image_id}.")
