"""The one place that uses parts of Pulumi's policy SDK that are not public: rules need them, and no public way exists.

A preview does not know all inputs. The SDK's proxy raises UnknownValueError where a rule reads such an input.
"""

from pulumi_policy.proxy import UnknownValueError, unknown_checking_proxy

__all__ = ["UnknownValueError", "unknown_checking_proxy"]
