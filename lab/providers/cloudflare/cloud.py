"""What the program has made in the lab's account, by id, in one file that the edge and the name server read too."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from lab.lock import locked
from lab.providers.cloudflare.account import ID_LENGTH, RESOURCES, Account, write

HIDDEN = "_"
"""What a record's own entries start with, which are no outputs."""

Records = dict[str, dict[str, Any]]


class CloudflareError(RuntimeError):
    """The API would have refused: what, its status, its message and code."""


class Cloud:
    """Resources by id: each record has all outputs, its `_type`, and more that starts with _."""

    def __init__(self, account: Account, token: str = "") -> None:
        self.account = account
        self.token = token
        """What calls are authorized with."""
        self._file = account.folder / RESOURCES

    @contextmanager
    def changing(self) -> Iterator[Records]:
        """All records, for one caller at a time; what is changed in them is kept unless the block raises."""
        self.authorize()
        with locked(self._file.with_suffix(".lock")):
            records = self.records()
            yield records
            write(self._file, json.dumps(records, indent=1))  # it holds keys of client certificates

    def records(self) -> Records:
        """All records as they are now, for looking only."""
        try:
            return dict(json.loads(self._file.read_text()))
        except FileNotFoundError:
            return {}

    def record(self, resource_id: str) -> dict[str, Any] | None:
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


def outputs_of(record: dict[str, Any]) -> dict[str, Any]:
    """The outputs in a record."""
    return {name: value for name, value in record.items() if not name.startswith(HIDDEN)}


def new_id() -> str:
    """An id for a new resource."""
    return secrets.token_hex(ID_LENGTH // 2)


def now() -> str:
    """This moment as the API writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
