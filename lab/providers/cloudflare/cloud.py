"""What the program has made in the lab's account, by id, in one file that the edge and the name server read too."""

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
    """The API would have refused: what, its status, its message and code."""


class Cloud(Store):
    """Resources by id: each record has all outputs, its `_type`, and more that starts with _."""

    def __init__(self, account: Account, token: str = "") -> None:
        super().__init__(account.folder, RESOURCES)
        self.account = account
        self.token = token
        """What calls are authorized with."""

    @contextmanager
    def changing(self) -> Iterator[Records]:
        """As a Store's, for those who are authorized."""
        self.authorize()
        with super().changing() as records:
            yield records

    def record(self, resource_id: str) -> Values | None:
        """Outputs of one record as it is now, or None."""
        self.authorize()
        found = self.records().get(resource_id)
        return outputs_of(found) if found else None

    def remove(self, resource_id: str) -> None:
        """Take one away. One that is gone already is no error."""
        with self.changing() as records:
            records.pop(resource_id, None)

    def zone_name(self, zone_id: Any, what: str) -> str:
        """Domain of a zone. Raises CloudflareError for one that is not the account's."""
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
    """An answer of the API that is an error, with its code, by which its documentation finds it."""
    return CloudflareError(f"{what}: {status}: {message} ({code})")


def new_id() -> str:
    """An id for a new resource."""
    return secrets.token_hex(ID_LENGTH // 2)


def now() -> str:
    """This moment as the API writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
