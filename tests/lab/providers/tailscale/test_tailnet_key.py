"""tailscale.TailnetKey: limits, secrecy, and when a key is made again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lab.providers import published
from lab.providers.properties import UNKNOWN
from tests.lab.providers.calling import Caller, Made
from tests.lab.providers.tailscale.tailnet import Tailnet

INPUTS: dict[str, Any] = {
    "description": "lab oracle-1",
    "tags": ["tag:cluster"],
    "preauthorized": True,
    "reusable": False,
    "ephemeral": False,
    "expiry": 3600,
    "recreateIfInvalid": "always",
}


@pytest.fixture
def keys(tailnet: Tailnet) -> Caller:
    tailnet.policy = '{"tagOwners": {"tag:cluster": [], "tag:other": []}}'
    return tailnet.caller("TailnetKey")


def refreshed(keys: Caller, made: Made) -> Made:
    """The key as a refresh leaves it in the state."""
    return Made(made.resource_id, keys.read(made, {}).properties)


def test_a_key_is_secret_and_lasts_as_long_as_asked_for(tailnet: Tailnet, keys: Caller) -> None:
    made = keys.create(**INPUTS)
    published.check_outputs(keys.token, made.outputs)
    assert made.secrets == {"key"}
    assert made.outputs["key"] == "hskey-auth-1-very-secret"
    expires = datetime.fromisoformat(made.outputs["expiresAt"])
    assert timedelta(minutes=59) < expires - datetime.now(UTC) <= timedelta(hours=1)
    assert tailnet.keys["1"]["aclTags"] == ["tag:cluster"]
    assert tailnet.keys["1"]["reusable"] is False


def test_a_key_lasts_ninety_days_if_nothing_is_said(keys: Caller) -> None:
    assert keys.create(tags=["tag:cluster"]).outputs["expiry"] == 90 * 24 * 3600


def test_refuses_a_tag_that_the_policy_does_not_have(keys: Caller) -> None:
    with pytest.raises(RuntimeError, match="requested tags tag:nope are invalid or not permitted"):
        keys.create(tags=["tag:nope"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"expiry": 90 * 24 * 3600 + 1}, "90 days"),
        ({"expiry": 0}, "90 days"),
        ({"description": "x" * 51}, "51 characters"),
        ({"recreateIfInvalid": "sometimes"}, "always or never"),
        ({"tags": ["cluster"]}, "cluster is no tag"),
    ],
)
def test_refuses_what_tailscale_refuses(keys: Caller, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        keys.check(**INPUTS | change)


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"expiry": 7200}, True),
        ({"tags": ["tag:cluster", "tag:other"]}, True),
        ({"reusable": True}, True),
        ({"description": "other"}, True),
        ({"recreateIfInvalid": "never"}, False),
    ],
)
def test_replaces_where_the_published_provider_does(keys: Caller, change: dict[str, Any], replaces: bool) -> None:
    diff = keys.diff(keys.create(**INPUTS), **INPUTS | change)
    assert diff.diffs == list(change)
    assert bool(diff.replaces) is replaces


def test_what_is_left_out_is_a_change(keys: Caller) -> None:
    made = keys.create(**INPUTS)
    assert keys.diff(made, **{name: value for name, value in INPUTS.items() if name != "description"}).replaces


def test_the_order_of_tags_is_no_change(keys: Caller) -> None:
    made = keys.create(**INPUTS | {"tags": ["tag:cluster", "tag:other"]})
    assert not keys.diff(made, **INPUTS | {"tags": ["tag:other", "tag:cluster"]}).changes


@pytest.mark.parametrize(
    ("recreate", "reusable", "again"),
    [("always", False, True), ("", False, False), ("never", True, False), ("", True, True)],
)
def test_a_key_that_is_gone_is_made_again_as_published(
    tailnet: Tailnet, keys: Caller, recreate: str, reusable: bool, again: bool
) -> None:
    inputs = INPUTS | {"recreateIfInvalid": recreate, "reusable": reusable}
    made = keys.create(**inputs)
    tailnet.keys.clear()
    assert not keys.diff(made, **inputs).changes  # nobody has looked
    found = refreshed(keys, made)
    assert found.outputs["invalid"] is True
    assert keys.diff(found, **inputs).replaces == (["invalid"] if again else [])


def test_a_used_or_expired_key_is_invalid(tailnet: Tailnet, keys: Caller) -> None:
    made = keys.create(**INPUTS)
    assert refreshed(keys, made).outputs["invalid"] is False
    tailnet.keys["1"]["used"] = True
    assert refreshed(keys, made).outputs["invalid"] is True
    tailnet.keys["1"] |= {"used": False, "expiration": "2020-01-01T00:00:00Z"}
    assert refreshed(keys, made).outputs["invalid"] is True


def test_only_what_happens_to_an_invalid_key_changes_in_place(keys: Caller) -> None:
    made = keys.create(**INPUTS)
    updated = keys.update(made, **INPUTS | {"recreateIfInvalid": "never"})
    assert updated.outputs["key"] == made.outputs["key"]
    assert updated.outputs["recreateIfInvalid"] == "never"
    assert updated.secrets == {"key"}


def test_a_preview_makes_no_key(tailnet: Tailnet, keys: Caller) -> None:
    outputs = keys.create(preview=True, **INPUTS).outputs
    assert outputs["key"] == UNKNOWN
    assert not tailnet.keys


def test_a_deleted_key_is_gone_and_may_be_gone_already(tailnet: Tailnet, keys: Caller) -> None:
    made = keys.create(**INPUTS)
    keys.delete(made)
    keys.delete(made)
    assert not tailnet.keys
