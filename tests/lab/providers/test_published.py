"""The check against the published SDKs: what is refused, with which words, and what is let through."""

from typing import Any

import pulumi
import pytest

from lab.providers import published
from lab.providers.properties import UNKNOWN, value, value_map

INSTANCE = "oci:Core/instance:Instance"
REQUIRED = {"availabilityDomain": "x:Y-AD-1", "compartmentId": "ocid1.compartment.oc1..x"}


def refused(token: str, inputs: dict[str, Any]) -> dict[str, str]:
    """Reasons by property."""
    return {failure.property: failure.reason for failure in published.check(token, value_map(inputs))}


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
