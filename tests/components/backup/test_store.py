"""Requests to a store: the signature as Amazon's own examples have it, and errors in words."""

import hashlib
from collections.abc import Iterator

import pytest

from components.backup.host.store import NOTHING, Bucket, StoreError, authorization
from tests.components.backup.paper_store import PaperStore, paper_store

EXAMPLE = Bucket(
    "https://s3.amazonaws.com", "us-east-1", "x", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)
# https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
HEADERS = {
    "host": "examplebucket.s3.amazonaws.com",
    "x-amz-content-sha256": NOTHING,
    "x-amz-date": "20130524T000000Z",
}


@pytest.fixture
def store() -> Iterator[PaperStore]:
    with paper_store() as found:
        yield found


def signature(path: str, query: str, headers: dict[str, str]) -> str:
    return authorization(EXAMPLE, "GET", path, query, headers).rpartition("=")[2]


def test_signatures_are_those_of_the_examples() -> None:
    assert signature("/test.txt", "", {**HEADERS, "range": "bytes=0-9"}) == (
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )
    assert signature("/", "max-keys=2&prefix=J", HEADERS) == (
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    )


def test_what_was_put_is_listed_and_read(store: PaperStore) -> None:
    for name in ("a/1", "a/2", "a/3", "b/4"):
        store.bucket.put(name, name.encode(), hashlib.sha256(name.encode()).hexdigest())
    assert store.bucket.keys("a/") == ["a/1", "a/2", "a/3"]
    assert store.bucket.get("a/2").read() == b"a/2"
    store.bucket.delete("a/2")
    assert store.bucket.keys("a/") == ["a/1", "a/3"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("NoSuchBucket", "there is no bucket backups at "),
        ("InvalidAccessKeyId", "correct backup.access_key"),
        ("SignatureDoesNotMatch", "correct backup.secret_key"),
        ("AuthorizationHeaderMalformed", "correct backup.region"),
        ("RequestTimeTooSkewed", "the clock of this host is wrong"),
        ("AccessDenied", "the key may not read or list in the bucket backups"),
        ("SlowDown", "refuses to read or list: SlowDown (status 403)"),
    ],
)
def test_errors_say_what_to_do(store: PaperStore, code: str, said: str) -> None:
    store.refuses["GET"] = code
    with pytest.raises(StoreError) as refused:
        store.bucket.keys("a/")
    assert said in str(refused.value)


def test_a_store_that_is_not_there_is_named() -> None:
    with pytest.raises(StoreError, match=r"http://127.0.0.1:1 does not answer"):
        Bucket("http://127.0.0.1:1", "x", "x", "x", "x").keys("")
