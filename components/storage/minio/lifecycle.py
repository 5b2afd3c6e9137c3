"""When objects of a bucket expire, as the document that S3 calls a bucket's lifecycle."""

import json

RULE = "tailnet-k3s-expiry"
"""By this id a rule of the program's is told from those that users made themselves."""


def lifecycle(days: int | None) -> str:
    """The document as JSON, empty for None: objects are deleted after so many days, and older versions of them too."""
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
