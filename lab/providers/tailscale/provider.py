"""The tailscale stand-in: which types and functions it has, and which server its settings name."""

from pulumi.provider.experimental import provider as sdk

from lab.providers.properties import plain_map
from lab.providers.stand_in import StandIn
from lab.providers.tailscale.acl import Acl
from lab.providers.tailscale.devices import DeviceTags, device_functions
from lab.providers.tailscale.headscale import Headscale
from lab.providers.tailscale.tailnet_key import TailnetKey


class TailscaleProvider(StandIn):
    """Types and functions of `tailscale`, on the Headscale of the provider's settings or of the environment."""

    def __init__(self, tailnet: Headscale | None = None) -> None:
        self._tailnet = tailnet or Headscale()
        types = (Acl(self._tailnet), TailnetKey(self._tailnet), DeviceTags(self._tailnet))
        super().__init__(types, device_functions(self._tailnet))

    async def configure(self, request: sdk.ConfigureRequest) -> sdk.ConfigureResponse:
        """Take server and API key from the settings where they are given."""
        settings = plain_map(request.args)
        self._tailnet.url = settings.get("baseUrl") or self._tailnet.url
        self._tailnet.api_key = settings.get("apiKey") or self._tailnet.api_key
        return await super().configure(request)
