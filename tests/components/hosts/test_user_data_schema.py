"""User data of every cloud's hosts, judged by cloud-init itself, in the version that hosts of the lab have."""

import base64
from pathlib import Path

import pytest

from tests.components.hosts.image_root import ImageRoot
from tests.components.hosts.kinds import plain

pytestmark = pytest.mark.lab


def user_data(cloud: str) -> str:
    """As the cloud gets it."""
    if cloud == "oracle":
        encoded = plain().one("Instance", "oracle-5").inputs["metadata"]["user_data"]
    else:
        encoded = plain().one("VirtualMachine", "azure-6").inputs["osProfile"]["customData"]
    return base64.b64decode(encoded).decode()


@pytest.mark.parametrize("cloud", ["oracle", "azure"])
def test_cloud_init_finds_nothing_wrong(cloud: str, tmp_path: Path) -> None:
    machine = ImageRoot.make(tmp_path / "machine")
    machine.write("/user-data", user_data(cloud))
    ran = machine.run("cloud-init schema --config-file /user-data")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Valid cloud-config" in ran.stdout + ran.stderr


def test_cloud_init_would_find_what_is_wrong(tmp_path: Path) -> None:
    machine = ImageRoot.make(tmp_path / "machine")
    machine.write("/user-data", user_data("oracle").replace("ssh_pwauth: false", "ssh_pwauth: [1]"))
    assert machine.run("cloud-init schema --config-file /user-data").returncode != 0
