"""The rights of an account as an S3 policy, which every engine understands."""

import json
from collections.abc import Sequence

from components.settings.storage import Account

OF_BUCKETS = {
    "read": ("GetBucketLocation", "GetBucketVersioning", "ListBucket", "ListBucketVersions"),
    "write": ("ListBucketMultipartUploads",),
}
OF_OBJECTS = {
    "read": ("GetObject", "GetObjectTagging", "GetObjectVersion"),
    "write": ("AbortMultipartUpload", "DeleteObject", "ListMultipartUploadParts", "PutObject", "PutObjectTagging"),
}
KEPT = ("DeleteObjectVersion",)
"""Actions of a writer. It cannot delete older versions, so they survive a faulty writer."""


def policy(account: Account) -> str:
    """The policy as JSON. It covers the account's buckets only."""
    kinds = ("read", "write") if account.access == "write" else ("read",)
    buckets = [f"arn:aws:s3:::{bucket}" for bucket in sorted(account.buckets)]
    objects = [f"{bucket}/*" for bucket in buckets]
    statements = [
        _statement("Allow", [action for kind in kinds for action in OF_BUCKETS[kind]], buckets),
        _statement("Allow", [action for kind in kinds for action in OF_OBJECTS[kind]], objects),
        _statement("Deny", KEPT, objects),
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=1)


def _statement(effect: str, actions: Sequence[str], resources: Sequence[str]) -> dict[str, object]:
    return {"Effect": effect, "Action": [f"s3:{action}" for action in actions], "Resource": list(resources)}
