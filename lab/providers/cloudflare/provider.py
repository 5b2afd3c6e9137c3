"""The cloudflare stand-in: its types and functions, and the API token that their calls use."""

import os
from pathlib import Path

from pulumi.provider.experimental import provider as sdk

from lab.providers.cloudflare.account import Account
from lab.providers.cloudflare.cloud import Cloud, CloudflareError
from lab.providers.cloudflare.dns_record import DnsRecord
from lab.providers.cloudflare.lookups import lookups
from lab.providers.cloudflare.origin_certificate import OriginCaCertificate
from lab.providers.cloudflare.origin_pulls import AuthenticatedOriginPullsCertificate, AuthenticatedOriginPullsSettings
from lab.providers.cloudflare.zone_setting import ZoneSetting
from lab.providers.properties import plain_map
from lab.providers.stand_in import ResourceType, StandIn


class CloudflareProvider(StandIn):
    """The types and functions of `cloudflare` that the program uses, for the account in a folder of the lab."""

    def __init__(self, folder: Path, token: str = "") -> None:
        """Without a token here or in its settings, the provider uses the token of the environment."""
        self._cloud = Cloud(Account(folder), token or os.environ.get("CLOUDFLARE_API_TOKEN", ""))
        super().__init__(cloudflare_types(self._cloud), lookups(self._cloud))

    async def configure(self, request: sdk.ConfigureRequest) -> sdk.ConfigureResponse:
        """Use the API token of the settings, if there is one. Cloudflare no longer accepts service keys."""
        settings = plain_map(request.args)
        if settings.get("apiUserServiceKey"):
            raise CloudflareError("cloudflare: apiUserServiceKey is retired: use an API token (apiToken)")
        self._cloud.token = settings.get("apiToken") or self._cloud.token
        return await super().configure(request)


def cloudflare_types(cloud: Cloud) -> tuple[ResourceType, ...]:
    """All types."""
    return (
        DnsRecord(cloud),
        OriginCaCertificate(cloud),
        ZoneSetting(cloud),
        AuthenticatedOriginPullsCertificate(cloud),
        AuthenticatedOriginPullsSettings(cloud),
    )
