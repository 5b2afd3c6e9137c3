"""The one place that uses parts of Pulumi's policy SDK that are not public: rules need them, and no public way exists.

A preview does not know all inputs. The SDK's proxy raises UnknownValueError where a rule reads such an input.

The engine tells a pack which inputs are secret. The SDK drops that: `deserialize_properties` returns the bare value, so
no rule could tell a secret from plain text. `keep_marks_of_secrets` puts SecretText there instead, which every rule can
read as a text. Checked with pulumi-policy 1.21: tests/policies/test_marks.py speaks with a started pack.
"""

from typing import Any

import pulumi
from pulumi_policy import deserialize, policy
from pulumi_policy.proxy import UNKNOWN_OBJECT_VALUE, UnknownValueError, unknown_checking_proxy

__all__ = ["UNKNOWN", "SecretText", "UnknownValueError", "keep_marks_of_secrets", "unknown_checking_proxy"]

UNKNOWN = UNKNOWN_OBJECT_VALUE
"""Stands in inputs for a value that a preview does not know, of whatever type."""
SIGNATURE, SECRET = deserialize.SPECIAL_SIG_KEY, deserialize.SPECIAL_SECRET_SIG


class SecretText(str):
    """A text that the program marked as secret: the engine encrypts it in the state, and hides it in diffs."""

    __slots__ = ()


def with_marks(value: Any) -> Any:
    """Inputs as the engine sends them, with SecretText in the place of every text that is a secret or inside of one."""
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET:
            return marked(with_marks(value.get("value")))
        return {key: with_marks(inner) for key, inner in value.items()}
    return [with_marks(inner) for inner in value] if isinstance(value, list) else value


def marked(value: Any) -> Any:
    """The value with all its texts as SecretText. Numbers and truth values stay as they are."""
    if isinstance(value, dict):
        return {key: inner if key == SIGNATURE else marked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [marked(inner) for inner in value]
    if isinstance(value, pulumi.StringAsset):
        return pulumi.StringAsset(SecretText(value.text))
    return SecretText(value) if isinstance(value, str) and value != UNKNOWN else value


def keep_marks_of_secrets() -> None:
    """From now on, rules of this process get SecretText for what the program marked as secret."""
    original = deserialize.deserialize_properties

    def deserialize_properties(props: dict[str, Any], proxy_secrets: bool = False) -> dict[str, Any]:
        return original(props if proxy_secrets else with_marks(props), proxy_secrets)

    policy.deserialize_properties = deserialize_properties  # type: ignore[attr-defined] # the name that it asks by
