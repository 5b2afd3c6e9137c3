"""What all types of a stand-in share: the diff, previews, secrets; on the smallest published type there is."""

from typing import Any

import pytest
from pulumi.provider.experimental.provider import PropertyDiffKind

from lab.providers.properties import UNKNOWN, value
from lab.providers.stand_in import ResourceType, StandIn, Values
from tests.lab.providers.calling import Caller


class Gateway(ResourceType):
    """Keeps what it is given."""

    published_as = "oci:Core/internetGateway:InternetGateway"
    replaced_by = frozenset({"vcnId"})
    removable = frozenset({"routeTableId"})
    secret = frozenset({"state"})

    def defaults(self, inputs: Values) -> Values:
        return {"enabled": True, "freeformTags": {"a": "default", "b": "default"}}

    def create(self, inputs: Values) -> tuple[str, Values]:
        return "gateway-1", inputs | {"state": "AVAILABLE", "timeCreated": "now"}

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        return state | inputs

    def delete(self, resource_id: str, state: Values) -> None:
        return


GIVEN: dict[str, Any] = {"compartmentId": "c", "vcnId": "v", "freeformTags": {"a": "1"}}


@pytest.fixture
def gateway() -> Caller:
    return Caller(StandIn([Gateway()]), Gateway.published_as)


def test_defaults_fill_gaps_in_maps_too(gateway: Caller) -> None:
    made = gateway.create(**GIVEN)
    assert made.outputs["enabled"] is True
    assert made.outputs["freeformTags"] == {"a": "1", "b": "default"}


def test_same_inputs_are_no_change(gateway: Caller) -> None:
    diff = gateway.diff(gateway.create(**GIVEN), **GIVEN)
    assert diff.changes is False
    assert not diff.replaces


def test_a_changed_input_is_an_update(gateway: Caller) -> None:
    diff = gateway.diff(gateway.create(**GIVEN), **GIVEN | {"enabled": False})
    assert diff.diffs == ["enabled"]
    assert diff.detailed_diff["enabled"].kind is PropertyDiffKind.UPDATE
    assert not diff.replaces


def test_a_changed_identity_is_a_replacement(gateway: Caller) -> None:
    diff = gateway.diff(gateway.create(**GIVEN), **GIVEN | {"vcnId": "w"})
    assert diff.replaces == ["vcnId"]
    assert diff.detailed_diff["vcnId"].kind is PropertyDiffKind.UPDATE_REPLACE


def test_what_is_not_known_yet_counts_as_a_change(gateway: Caller) -> None:
    assert gateway.diff(gateway.create(**GIVEN), **GIVEN | {"vcnId": UNKNOWN}).replaces == ["vcnId"]


def test_an_input_left_out_is_a_change_only_where_that_means_something(gateway: Caller) -> None:
    made = gateway.create(**GIVEN, displayName="x", routeTableId="r")
    assert gateway.diff(made, **GIVEN).diffs == ["routeTableId"]


def test_a_preview_knows_the_inputs_and_nothing_else(gateway: Caller) -> None:
    outputs = gateway.create(preview=True, **GIVEN).outputs
    assert outputs["vcnId"] == "v"
    assert outputs["timeCreated"] == UNKNOWN


def test_a_preview_of_an_update_keeps_what_stays(gateway: Caller) -> None:
    outputs = gateway.update(gateway.create(**GIVEN), preview=True, **GIVEN | {"displayName": UNKNOWN}).outputs
    assert outputs["timeCreated"] == "now"
    assert outputs["displayName"] == UNKNOWN


def test_secret_inputs_come_back_secret(gateway: Caller) -> None:
    made = gateway.create(compartmentId="c", vcnId="v", freeformTags=value({"a": value("1", secret=True)}))
    assert made.secrets == {"freeformTags", "state"}
    updated = gateway.update(made, compartmentId="c", vcnId=value("v", secret=True))
    assert "vcnId" in updated.secrets


def test_refuses_what_the_published_type_does_not_have(gateway: Caller) -> None:
    with pytest.raises(ValueError, match="unknown: region"):
        gateway.create(**GIVEN, region="x")


def test_names_what_it_has_when_asked_for_more() -> None:
    with pytest.raises(RuntimeError, match="has only oci:Core/internetGateway:InternetGateway"):
        Caller(StandIn([Gateway()]), "oci:Core/vcn:Vcn").create()


def test_a_refresh_gives_inputs_as_they_are_now(gateway: Caller) -> None:
    made = gateway.create(**GIVEN)
    read = gateway.read(made, gateway.check(**GIVEN))
    assert read.resource_id == "gateway-1"
    assert set(read.inputs) == {*GIVEN, "enabled"}
