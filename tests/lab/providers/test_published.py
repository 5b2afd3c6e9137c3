"""The check against the published SDKs: what is refused, with which words, and what is let through."""

import subprocess
import sys
from typing import Any

import pulumi
import pytest

from lab.lab import REPOSITORY
from lab.providers import published
from lab.providers.properties import UNKNOWN, value, value_map

INSTANCE = "oci:Core/instance:Instance"
REQUIRED = {"availabilityDomain": "x:Y-AD-1", "compartmentId": "ocid1.compartment.oc1..x"}


def refused(token: str, inputs: dict[str, Any], *, strict: bool = False) -> dict[str, str]:
    """Reasons by property."""
    return {failure.property: failure.reason for failure in published.check(token, value_map(inputs), strict=strict)}


def test_takes_what_the_published_type_takes() -> None:
    inputs = REQUIRED | {
        "metadata": {"user_data": "x"},
        "shapeConfig": {"ocpus": 1.5},
        "createVnicDetails": {"nsgIds": ["a"]},
    }
    assert refused(INSTANCE, inputs) == {}


def test_refuses_a_missing_input() -> None:
    assert "missing" in refused(INSTANCE, {"compartmentId": "x"})["availabilityDomain"]


def test_refuses_null_for_a_required_input() -> None:
    assert "missing" in refused(INSTANCE, REQUIRED | {"compartmentId": None})["compartmentId"]


def test_refuses_an_unknown_input_and_names_the_known_ones() -> None:
    reason = refused(INSTANCE, REQUIRED | {"display_name": "x"})["display_name"]
    assert "unknown" in reason
    assert "displayName" in reason


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"createVnicDetails": {"subnetID": "x"}}, "createVnicDetails.subnetID"),
        ({"metadata": {"user_data": 5}}, 'metadata["user_data"]'),
        ({"agentConfig": {"pluginsConfigs": [{"name": "x"}]}}, "agentConfig.pluginsConfigs[0].desiredState"),
        ({"shapeConfig": {"vcpus": 1.5}}, "shapeConfig.vcpus"),
        ({"preserveBootVolume": 1}, "preserveBootVolume"),
        ({"createVnicDetails": "x"}, "createVnicDetails"),
    ],
)
def test_names_the_place_of_what_is_wrong(inputs: dict[str, Any], path: str) -> None:
    assert list(refused(INSTANCE, REQUIRED | inputs)) == [path]


def test_lets_unknowns_and_secrets_through_wherever_they_stand() -> None:
    inputs = value_map({"availabilityDomain": UNKNOWN, "compartmentId": "x", "metadata": {"user_data": UNKNOWN}})
    inputs["displayName"] = value("x", secret=True)
    assert published.check(INSTANCE, inputs) == []


def test_never_shows_a_value() -> None:
    inputs = REQUIRED | {"shapeConfig": {"ocpus": "hunter2"}}
    assert "hunter2" not in refused(INSTANCE, inputs)["shapeConfig.ocpus"]


def test_knows_choices() -> None:
    inputs = {"connection": {"host": "h"}, "logging": "loud"}
    assert "one of stdout, stderr, stdoutAndStderr, none" in refused("command:remote:Command", inputs)["logging"]


def test_knows_assets() -> None:
    token, inputs = "command:remote:CopyToRemote", {"connection": {"host": "h"}, "remotePath": "/x"}
    assert published.check(token, value_map(inputs | {"source": pulumi.FileAsset("/dev/null")})) == []
    assert "an asset or an archive" in refused(token, inputs | {"source": "/dev/null"})["source"]


def test_knows_types_of_other_modules_of_an_sdk() -> None:
    labels = {"metadata": {"name": "x", "labels": {"a": 3}}, "data": {}}
    assert list(refused("kubernetes:core/v1:ConfigMap", labels)) == ['metadata.labels["a"]']


PUBLIC = "azure-native:network:PublicIPAddress"


def test_knows_types_of_azure() -> None:
    inputs = {"resourceGroupName": "x", "sku": {"name": "Standard"}, "zones": ["1"], "tags": {"stack": "x"}}
    assert refused(PUBLIC, inputs, strict=True) == {}
    wrong = {"sku": {"nam": "Standard"}, "zones": "1", "idleTimeoutInMinutes": "4"}
    assert list(refused(PUBLIC, wrong)) == ["resourceGroupName", "sku.nam", "zones", "idleTimeoutInMinutes"]


def test_knows_types_that_share_a_name_with_one_of_their_inputs() -> None:
    assert list(refused("azure-native:network:VirtualNetwork", {"resourceGroupName": "x", "name": "y"})) == ["name"]


def test_lets_values_through_that_an_open_enumeration_does_not_name_unless_asked_to_be_strict() -> None:
    inputs = {"resourceGroupName": "x", "publicIPAllocationMethod": "Fixed"}
    assert refused(PUBLIC, inputs) == {}
    reason = refused(PUBLIC, inputs, strict=True)["publicIPAllocationMethod"]
    assert "one of Static, Dynamic" in reason


def test_keeps_to_enumerations_that_are_closed() -> None:
    disk = {"creationData": {"createOption": "Empty"}, "resourceGroupName": "x", "osType": "BeOS"}
    assert "one of Windows, Linux" in refused("azure-native:compute:Disk", disk)["osType"]


def test_knows_the_values_that_cloudflares_text_names() -> None:
    token = "cloudflare:index/originCaCertificate:OriginCaCertificate"
    inputs = {"csr": "x", "hostnames": ["example.org"], "requestType": "origin-ecc", "requestedValidity": 90}
    assert refused(token, inputs, strict=True) == {}
    wrong = refused(token, inputs | {"requestType": "origin-ed25519", "requestedValidity": 91}, strict=True)
    assert "one of origin-rsa, origin-ecc" in wrong["requestType"]
    assert "one of 7, 30, 90, 365" in wrong["requestedValidity"]
    assert "a number" in refused(token, inputs | {"requestedValidity": "90"})["requestedValidity"]


def test_reads_functions_beside_text_in_the_first_column() -> None:
    assert "nameServers" in published.output_names("cloudflare:index/getZone:getZone")
    assert list(refused("azure-native:network:getSubnet", {})) == [
        "resourceGroupName",
        "subnetName",
        "virtualNetworkName",
    ]


def test_reads_a_large_sdk_without_importing_it() -> None:
    program = (
        "import sys; from lab.providers import published; "
        "published.check('azure-native:compute:VirtualMachine', {}); "
        "sys.exit(any(name.startswith('pulumi_azure') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, check=False).returncode == 0


def test_knows_which_arguments_of_a_function_are_required() -> None:
    token = "oci:Identity/getAvailabilityDomains:getAvailabilityDomains"
    assert list(refused(token, {})) == ["compartmentId"]
    assert refused("tailscale:index/getDevice:getDevice", {"hostname": "x"}) == {}


def test_knows_what_is_updatable() -> None:
    known = published.inputs_of(INSTANCE)
    assert known["displayName"].updatable
    assert not known["availabilityDomain"].updatable


@pytest.mark.parametrize("token", ["oci:Core/nothing:Nothing", "oci:Nowhere/x:X", "nobody:index/x:X"])
def test_a_type_that_is_not_published_is_a_lookup_error(token: str) -> None:
    with pytest.raises(LookupError):
        published.check(token, {})


@pytest.mark.parametrize(
    ("token", "some"),
    [
        (INSTANCE, {"publicIp", "shapeConfig"}),
        ("tls:index/privateKey:PrivateKey", {"publicKeyOpenssh"}),
        ("tailscale:index/getDevice:getDevice", {"addresses", "waitFor"}),
    ],
)
def test_knows_outputs(token: str, some: set[str]) -> None:
    assert some <= published.output_names(token)
