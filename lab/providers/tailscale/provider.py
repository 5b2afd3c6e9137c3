"""The tailscale stand-in: its types and functions, and the server that they use."""

from pulumi.provider.experimental import provider as sdk

from lab.providers.properties import plain_map
from lab.providers.stand_in import StandIn
from lab.providers.tailscale.acl import Acl, acl_functions
from lab.providers.tailscale.devices import DeviceTags, device_functions
from lab.providers.tailscale.headscale import Headscale
from lab.providers.tailscale.tailnet_key import TailnetKey

OTHER_WAYS = frozenset({"audience", "identityToken", "oauthClientId", "oauthClientSecret"})
"""Settings by which the published provider logs in to Tailscale's own servers."""


class TailscaleProvider(StandIn):
    """Types and functions of `tailscale`, on the Headscale of the provider's settings or of the environment."""

    def __init__(self, tailnet: Headscale | None = None) -> None:
        self._tailnet = tailnet or Headscale()
        types = (Acl(self._tailnet), TailnetKey(self._tailnet), DeviceTags(self._tailnet))
        super().__init__(types, acl_functions(self._tailnet) | device_functions(self._tailnet))

    async def configure(self, request: sdk.ConfigureRequest) -> sdk.ConfigureResponse:
        """Use the server and API key of the settings, if given. Headscale supports no other kind of login."""
        settings = plain_map(request.args)
        if others := sorted(OTHER_WAYS & {name for name, value in settings.items() if value}):
            raise RuntimeError(f"tailscale: {', '.join(others)}: a Headscale server takes an API key only (apiKey)")
        self._tailnet.url = settings.get("baseUrl") or self._tailnet.url
        self._tailnet.api_key = settings.get("apiKey") or self._tailnet.api_key
        return await super().configure(request)
