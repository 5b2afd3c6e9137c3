"""Which system a host is started from: what its image is called in its cloud is what it behaves as."""

import pytest

from lab.providers.azure_native.launch import system_of as system_in_azure
from lab.providers.oci.images import CATALOGUE, system_of


def test_oracles_images_of_ubuntu_bring_rules_that_refuse_all_but_ssh() -> None:
    for image in CATALOGUE:
        system, files = system_of(image.ocid("eu-frankfurt-1"))
        assert (system == "ubuntu") == ("Ubuntu" in image.name), image.name
        assert [path for path, _ in files] == (["/etc/iptables/rules.v4"] if system == "ubuntu" else [])


def test_an_ocid_that_is_not_in_the_catalogue_is_ubuntu() -> None:
    assert system_of("ocid1.image.oc1..ubuntu-arm")[0] == "ubuntu"


@pytest.mark.parametrize(
    ("publisher", "system"), [("Canonical", "ubuntu"), ("canonical", "ubuntu"), ("Debian", "debian")]
)
def test_in_azure_the_publisher_tells(publisher: str, system: str) -> None:
    assert system_in_azure({"publisher": publisher, "offer": "any", "sku": "any", "version": "latest"}) == system
