"""The one place that uses parts of Pulumi's policy SDK that are not public: rules need them, and no public way exists.

A preview does not know all inputs. The SDK's proxy raises UnknownValueError where a rule reads such an input.
"""

from pulumi_policy.proxy import UNKNOWN_OBJECT_VALUE, UnknownValueError, unknown_checking_proxy

__all__ = ["UNKNOWN", "UnknownValueError", "unknown_checking_proxy"]

UNKNOWN = UNKNOWN_OBJECT_VALUE
"""Stands in inputs for a value that a preview does not know, of whatever type."""
