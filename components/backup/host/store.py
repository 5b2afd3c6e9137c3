"""A part of the programs on hosts: a bucket with the API of S3. Signs each request itself (AWS Signature Version 4).

curl can sign only since 7.75, which Debian 11 does not have, and it leaves out the checksum that S3 requires in Ubuntu
22.04's 7.81. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html has the rules and examples.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import http.client
import re
import ssl
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

CHUNK = 1024 * 1024
SECONDS = 60
NOTHING = hashlib.sha256(b"").hexdigest()
LARGEST = 5 * 1024**3
"""Bytes that S3 takes in one request."""


class BackupError(Exception):
    """A cause in one line, which says what to do, unless that is obvious."""


class StoreError(BackupError):
    """The store refused a request, or did not answer. `code` is the store's own word, as `AccessDenied`."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


class Bucket(NamedTuple):
    """A bucket, and the key that may use it."""

    endpoint: str
    region: str
    bucket: str
    access_key: str
    secret_key: str

    def put(self, key: str, content: Path | bytes, sha256: str) -> None:
        """Uploads a file or a text. The store compares it with its checksum. Raises StoreError."""
        if isinstance(content, bytes):
            self._ask("PUT", key, sha256=sha256, body=content, size=len(content)).read()
            return
        with content.open("rb") as file:
            self._ask("PUT", key, sha256=sha256, body=file, size=content.stat().st_size).read()

    def get(self, key: str) -> http.client.HTTPResponse:
        """The content of an object, to be read in parts. Raises StoreError."""
        return self._ask("GET", key)

    def delete(self, key: str) -> None:
        """Deletes an object. Raises StoreError, often with the code AccessDenied."""
        self._ask("DELETE", key).read()

    def keys(self, prefix: str) -> list[str]:
        """Names of all objects with a prefix, sorted. Raises StoreError."""
        found: list[str] = []
        page: dict[str, str] = {}
        while True:
            text = self._ask("GET", "", query={"list-type": "2", "prefix": prefix, **page}).read()
            root = ElementTree.fromstring(text)  # noqa: S314 -- of the owner's own store, over TLS
            space = root.tag.rpartition("}")[0] + "}" if root.tag.startswith("{") else ""
            found += [one.findtext(f"{space}Key", "") for one in root.iter(f"{space}Contents")]
            more = root.findtext(f"{space}NextContinuationToken")
            if not more:
                return sorted(found)
            page = {"continuation-token": more}

    def _ask(
        self,
        method: str,
        key: str,
        *,
        query: dict[str, str] | None = None,
        sha256: str = NOTHING,
        body: bytes | BinaryIO | None = None,
        size: int = 0,
    ) -> http.client.HTTPResponse:
        parts = urlsplit(self.endpoint)
        path = quote(f"{parts.path.rstrip('/')}/{self.bucket}" + (f"/{key}" if key else ""), safe="/-_.~")
        asked = "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in sorted((query or {}).items()))
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")  # noqa: UP017 -- Python 3.9
        headers = {"host": parts.netloc, "x-amz-content-sha256": sha256, "x-amz-date": now}
        headers["Authorization"] = authorization(self, method, path, asked, headers)
        if method == "PUT":
            headers["Content-Length"] = str(size)
        if parts.scheme == "http":  # in tests only: the settings require https
            connection = http.client.HTTPConnection(parts.netloc, timeout=SECONDS)
        else:
            connection = http.client.HTTPSConnection(
                parts.netloc, timeout=SECONDS, context=ssl.create_default_context()
            )
        try:
            connection.request(method, f"{path}?{asked}" if asked else path, body=body, headers=headers)
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise StoreError("", f"{self.endpoint} does not answer: {error or type(error).__name__}") from None
        if answer.status >= 300:
            raise self._error(method, answer.status, answer.read(CHUNK))
        return answer

    def _error(self, method: str, status: int, text: bytes) -> StoreError:
        found = re.search(rb"<Code>(\w+)</Code>", text)
        code = found.group(1).decode() if found else str(status)
        verb = {"PUT": "write", "GET": "read or list", "DELETE": "delete"}[method]
        words = {
            "NoSuchBucket": f"there is no bucket {self.bucket} at {self.endpoint}: create it, or correct backup.bucket",
            "NoSuchKey": "the object is not in the bucket any more",
            "InvalidAccessKeyId": f"{self.endpoint} does not know the access key: correct backup.access_key",
            "SignatureDoesNotMatch": f"{self.endpoint} refuses the secret key: correct backup.secret_key",
            "AuthorizationHeaderMalformed": f"{self.endpoint} is in another region: correct backup.region",
            "RequestTimeTooSkewed": "the clock of this host is wrong, so the store refuses its requests: timedatectl",
            "AccessDenied": f"the key may not {verb} in the bucket {self.bucket}: change its rights",
            "XMinioStorageFull": f"the store {self.endpoint} is full",
        }.get(code, f"{self.endpoint} refuses to {verb}: {code} (status {status})")
        return StoreError(code, words)


def authorization(bucket: Bucket, method: str, path: str, query: str, headers: dict[str, str]) -> str:
    """The header with the signature. `headers` are all signed, and have small names; `x-amz-date` is the time."""
    now = headers["x-amz-date"]
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = "\n".join([method, path, query, lines, names, headers["x-amz-content-sha256"]])
    scope = f"{now[:8]}/{bucket.region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = f"AWS4{bucket.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"{bucket.access_key}/{scope}"
    return f"AWS4-HMAC-SHA256 Credential={credential},SignedHeaders={names},Signature={signature}"
