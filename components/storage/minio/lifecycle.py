"""The expiry of a bucket's objects, as an S3 lifecycle document."""

import json

RULE = "tailnet-k3s-expiry"
"""Id of the program's rule. Users' own rules have other ids."""


def lifecycle(days: int | None) -> str:
    """The document as JSON; empty for None. Objects and their older versions expire after `days`."""
    if days is None:
        return ""
    rule = {
        "ID": RULE,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Expiration": {"Days": days},
        "NoncurrentVersionExpiration": {"NoncurrentDays": days},
    }
    return json.dumps({"Rules": [rule]})
