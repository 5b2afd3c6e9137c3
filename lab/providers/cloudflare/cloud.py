"""The resources that the program has created in the lab's account. The edge and the name server read the same file."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from lab.providers.cloudflare.account import ID_LENGTH, RESOURCES, Account
from lab.providers.records import Records, Store, outputs_of
from lab.providers.stand_in import Values

__all__ = ["Cloud", "CloudflareError", "Records", "new_id", "now", "outputs_of", "refused"]


class CloudflareError(RuntimeError):
    """Cloudflare's API would refuse this. The message has the resource, the status, the API's message and its code."""


class Cloud(Store):
    """Resources by ID. A record has all outputs, its `_type`, and other internal entries that start with _."""

    def __init__(self, account: Account, token: str = "") -> None:
        super().__init__(account.folder, RESOURCES)
        self.account = account
        self.token = token
        """The API token of the calls."""

    @contextmanager
    def changing(self) -> Iterator[Records]:
        """Like Store.changing, after checking the token."""
        self.authorize()
        with super().changing() as records:
            yield records

    def record(self, resource_id: str) -> Values | None:
        """Current outputs of one record, or None."""
        self.authorize()
        found = self.records().get(resource_id)
        return outputs_of(found) if found else None

    def remove(self, resource_id: str) -> None:
        """Remove a resource. It is no error if it is gone already."""
        with self.changing() as records:
            records.pop(resource_id, None)

    def zone_name(self, zone_id: Any, what: str) -> str:
        """The domain of a zone. Raises CloudflareError if the zone is not in the account."""
        for name, known in self.account.zones().items():
            if known == zone_id:
                return name
        raise refused(what, "403 Forbidden", 9109, f"unauthorized to access zone {zone_id}: not of this account")

    def authorize(self) -> None:
        """Raise CloudflareError unless the call has the account's API token."""
        if not self.token:
            raise CloudflareError("cloudflare: set CLOUDFLARE_API_TOKEN, or the provider's own apiToken")
        if not secrets.compare_digest(self.token, self.account.token()):
            raise refused("cloudflare", "403 Forbidden", 10000, "authentication error: the API token is not valid")


def refused(what: str, status: str, code: int, message: str) -> CloudflareError:
    """An error of the API, with the code that Cloudflare's documentation lists."""
    return CloudflareError(f"{what}: {status}: {message} ({code})")


def new_id() -> str:
    """An ID for a new resource."""
    return secrets.token_hex(ID_LENGTH // 2)


def now() -> str:
    """The current time in the API's format."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
