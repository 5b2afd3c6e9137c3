"""What the program asks of Azure, asked of the stand-in: it takes all, and the host is what the program expects."""

from pathlib import Path
from typing import Any

import pytest

from components.clouds.azure.host import DEVICES
from lab.hosts import Rule
from lab.providers.azure_native.provider import AzureProvider
from tests.components.hosts.kinds import visited
from tests.lab.providers.azure_native.cloud import Machines
from tests.lab.providers.calling import Caller

AZURE = "azure-native:"
KINDS = {
    "subnet": "Subnet",
    "networkSecurityGroup": "NetworkSecurityGroup",
    "publicIPAddress": "PublicIPAddress",
    "managedDisk": "Disk",
    "networkInterfaces": "NetworkInterface",
}
"""Types of what is referred to by an id, by the property that has it: mocks give ids that say no type."""
NAMES = {"resourceGroupName": "lab-tailnet-k3s", "virtualNetworkName": "lab-azure"}
"""Outputs of others that the mocks don't know."""


def with_ids(value: Any, ids: dict[tuple[str, str], str], within: str = "") -> Any:
    """Inputs with the stand-in's ids for those of the mocks."""
    if isinstance(value, list):
        return [with_ids(item, ids, within) for item in value]
    if not isinstance(value, dict):
        return value
    found = {name: with_ids(item, ids, name) for name, item in value.items()}
    if within in KINDS and "id" in found:
        found["id"] = ids[KINDS[within], str(found["id"]).removeprefix("id-of-")]
    return found


@pytest.fixture
def machines(tmp_path: Path) -> Machines:
    """The machine room once all is made that the program asks for."""
    machines, ids = Machines(), dict[tuple[str, str], str]()
    provider = AzureProvider(tmp_path, machines)
    for each in visited().resources:
        if each.type.startswith(AZURE):
            missing = {} if each.type.endswith(":ResourceGroup") else {"resourceGroupName": NAMES["resourceGroupName"]}
            missing |= {"virtualNetworkName": NAMES["virtualNetworkName"]} if each.type.endswith(":Subnet") else {}
            made = Caller(provider, each.type, each.name).create(**missing | with_ids(each.inputs, ids))
            ids[each.type.rpartition(":")[2], each.name] = made.resource_id
    return machines


def test_the_host_has_its_name_addresses_and_user_data(machines: Machines) -> None:
    (spec,) = machines.specs.values()
    assert spec.name == "azure-6", "the cluster's node is called as the host is"
    assert spec.private_address == "10.1.0.4"
    assert None not in (spec.ipv6, spec.public_address, spec.public_ipv6)
    assert spec.user_data.startswith(b"#cloud-config")


def test_its_volume_is_where_the_program_looks_for_it(machines: Machines) -> None:
    (volume,) = machines.attached["azure-6"].values()
    assert volume.paths == DEVICES


def test_only_wireguard_and_visitors_get_in(machines: Machines) -> None:
    inward = [rule for rule in machines.firewalls["azure-6"] if rule.direction == "ingress"]
    visitors = {"192.0.2.0/28", "192.0.2.32/28", "2001:db8:f::/48"}
    wanted = {Rule("ingress", "tcp", network, ports=(port, port)) for network in visitors for port in (80, 443)}
    wanted |= {Rule("ingress", "udp", network, ports=(41641, 41641)) for network in ("0.0.0.0/0", "::/0")}
    assert set(inward) == wanted


def test_it_reaches_everything(machines: Machines) -> None:
    outward = [rule for rule in machines.firewalls["azure-6"] if rule.direction == "egress"]
    assert outward == [Rule("egress", "all", network) for network in ("0.0.0.0/0", "::/0")]
