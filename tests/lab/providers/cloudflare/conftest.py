"""An account with one zone, and a provider that has its API token."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.providers.cloudflare.account import Account, zone_id
from lab.providers.cloudflare.cloud import Cloud
from lab.providers.cloudflare.provider import CloudflareProvider
from tests.lab.providers.calling import Caller

DOMAIN = "shop.example"


@dataclass(frozen=True)
class Known:
    """The account of a test."""

    account: Account
    provider: CloudflareProvider
    zone: str = zone_id(DOMAIN)

    @property
    def cloud(self) -> Cloud:
        """What is in the account."""
        return Cloud(self.account, self.account.token())

    def caller(self, kind: str) -> Caller:
        """Calls for one type."""
        return Caller(self.provider, f"cloudflare:index/{kind[0].lower()}{kind[1:]}:{kind}")


@pytest.fixture
def known(tmp_path: Path) -> Known:
    account = Account(tmp_path / "cloud" / "cloudflare")
    token = account.token()
    account.add_zones([DOMAIN])
    return Known(account, CloudflareProvider(account.folder, token))
