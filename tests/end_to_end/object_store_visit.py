"""What a visitor does with the object store, by boto3: `object_store_visit.py ENDPOINT write|read`; keys by stdin.

Prints one line of JSON: the checksum of what was written or read, and a presigned URL of it.
"""

import hashlib
import io
import json
import random
import sys

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

MEBIBYTE = 1 << 20
SIZE = 64 * MEBIBYTE
BUCKET, KEY = "e2e-made-by-a-visitor", "64-mebibytes"
PARTS = TransferConfig(multipart_threshold=8 * MEBIBYTE, multipart_chunksize=8 * MEBIBYTE, max_concurrency=4)


def main() -> None:
    """Bytes are drawn from a seed, so that what is read is known without being kept."""
    endpoint, verb = sys.argv[1:]
    login = json.load(sys.stdin)
    store = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=login["access_key"],
        aws_secret_access_key=login["secret_key"],
        config=Config(retries={"max_attempts": 3}, s3={"addressing_style": "path"}),
    )
    data = random.Random(5).randbytes(SIZE)  # noqa: S311 -- no secret
    if verb == "write":
        store.create_bucket(Bucket=BUCKET)
        store.upload_fileobj(io.BytesIO(data), BUCKET, KEY, Config=PARTS)
        parts = int(store.head_object(Bucket=BUCKET, Key=KEY)["ETag"].strip('"').partition("-")[2])
        assert parts == SIZE // (8 * MEBIBYTE), f"uploaded in {parts} parts"
    read = store.get_object(Bucket=BUCKET, Key=KEY)["Body"].read()
    presigned = store.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": KEY}, ExpiresIn=600)
    print(json.dumps({"same": read == data, "sha256": hashlib.sha256(read).hexdigest(), "url": presigned}))


if __name__ == "__main__":
    main()
