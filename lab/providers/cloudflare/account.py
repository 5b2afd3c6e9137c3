"""The lab's account at Cloudflare as its owner has set it up by hand: domains, and an API token.

Light to import: name server and edge read the same files, and have no use for Pulumi's SDK.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lab.files import replace
from lab.lab import Lab
from lab.lock import locked

ZONES = "zones.json"
"""Zone ids by domain; who writes it is the lab, before the engine runs."""
RESOURCES = "resources.json"
"""What the program has made; see cloud.py."""
ID_LENGTH = 32
"""Hex digits of every id at Cloudflare."""


@dataclass(frozen=True)
class Account:
    """The account's files."""

    folder: Path

    @property
    def token_file(self) -> Path:
        """The API token that the owner has made; a secret."""
        return self.folder / "api-token"

    def zones(self) -> dict[str, str]:
        """Ids of the account's zones by domain."""
        try:
            return dict(json.loads((self.folder / ZONES).read_text()))
        except FileNotFoundError:
            return {}

    def token(self) -> str:
        """The API token, made if there is none."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.token_file.exists():
            replace(self.token_file, secrets.token_urlsafe(30))
        return self.token_file.read_text()

    def add_zones(self, domains: Iterable[str]) -> None:
        """Add domains, as their owner does once. None is ever taken away: its records may still have to be deleted."""
        with locked(self.folder / "zones.lock"):
            known = self.zones()
            wanted = known | {domain: zone_id(domain) for domain in domains}
            if wanted != known:
                replace(self.folder / ZONES, json.dumps(wanted, indent=1))


def account_folder(lab: Lab) -> Path:
    """Where a lab keeps its account; made when it is first needed."""
    return lab.root / "cloud" / "cloudflare"


def ensure_account(lab: Lab, domains: Iterable[str]) -> Account:
    """The lab's account with these domains in it, besides those that it had."""
    account = Account(account_folder(lab))
    account.token()
    account.add_zones(domains)
    return account


def zone_id(domain: str) -> str:
    """The id that a domain's zone has in every lab."""
    return hashlib.sha256(domain.encode()).hexdigest()[:ID_LENGTH]
