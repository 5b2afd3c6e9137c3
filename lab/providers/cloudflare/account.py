"""The lab's Cloudflare account, as an owner sets it up by hand: domains, and an API token.

This module must be quick to import: the name server uses it, and does not need Pulumi's SDK.
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
"""The file with zone IDs by domain. The lab writes it before the engine runs."""
RESOURCES = "resources.json"
"""The file with the resources that the program has created: see cloud.py."""
ID_LENGTH = 32
"""Hex digits of each Cloudflare ID."""


@dataclass(frozen=True)
class Account:
    """The account's files."""

    folder: Path

    @property
    def token_file(self) -> Path:
        """The file with the owner's API token; a secret."""
        return self.folder / "api-token"

    def zones(self) -> dict[str, str]:
        """IDs of the account's zones by domain."""
        try:
            return dict(json.loads((self.folder / ZONES).read_text()))
        except FileNotFoundError:
            return {}

    def token(self) -> str:
        """The API token. Creates it if there is none."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.token_file.exists():
            replace(self.token_file, secrets.token_urlsafe(30))
        return self.token_file.read_text()

    def add_zones(self, domains: Iterable[str]) -> None:
        """Add domains, as their owner does once. Never removes one: its records may still have to be deleted."""
        with locked(self.folder / "zones.lock"):
            known = self.zones()
            wanted = known | {domain: zone_id(domain) for domain in domains}
            if wanted != known:
                replace(self.folder / ZONES, json.dumps(wanted, indent=1))


def account_folder(lab: Lab) -> Path:
    """The folder of a lab's account. It is created when it is first needed."""
    return lab.root / "cloud" / "cloudflare"


def ensure_account(lab: Lab, domains: Iterable[str]) -> Account:
    """The lab's account. Adds these domains to it."""
    account = Account(account_folder(lab))
    account.token()
    account.add_zones(domains)
    return account


def zone_id(domain: str) -> str:
    """The ID of a domain's zone. It is the same in every lab."""
    return hashlib.sha256(domain.encode()).hexdigest()[:ID_LENGTH]
