"""What accounts may do: use their own buckets, and no other."""

import json

import pytest

from components.settings.storage import Account
from components.storage.policy import policy


def actions(account: Account, effect: str = "Allow") -> set[str]:
    statements = json.loads(policy(account))["Statement"]
    return {action for one in statements if one["Effect"] == effect for action in one["Action"]}


def account(access: str) -> Account:
    return Account.model_validate({"buckets": ["photos", "films"], "access": access, "namespace": "shop"})


@pytest.mark.parametrize("access", ["read", "write"])
def test_nothing_is_said_of_other_buckets(access: str) -> None:
    resources = {name for one in json.loads(policy(account(access)))["Statement"] for name in one["Resource"]}
    assert resources == {f"arn:aws:s3:::{name}" for name in ("films", "films/*", "photos", "photos/*")}


def test_readers_change_nothing() -> None:
    assert not [action for action in actions(account("read")) if not action.startswith(("s3:Get", "s3:List"))]


def test_writers_put_in_parts_and_delete_and_read_too() -> None:
    assert actions(account("read")) < actions(account("write"))
    assert {"s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject"} <= actions(account("write"))


@pytest.mark.parametrize("access", ["read", "write"])
def test_nobody_deletes_older_versions_or_changes_a_buckets_settings(access: str) -> None:
    assert "s3:DeleteObjectVersion" in actions(account(access), "Deny")
    assert not [action for action in actions(account(access)) if action.startswith(("s3:PutBucket", "s3:DeleteBucket"))]


def test_the_order_of_buckets_in_the_settings_does_not_matter() -> None:
    other = Account.model_validate({"buckets": ["films", "photos"], "namespace": "shop"})
    assert policy(account("read")) == policy(other)
