"""The tailnet's policy: there before anything that has a tag of it."""

import pulumi
import pulumi_tailscale as tailscale

from components.settings.tailnet import Tailnet as TailnetSettings
from components.tailnet.policy import CLUSTER_TAG, OPERATOR_TAG, policy

__all__ = ["CLUSTER_TAG", "OPERATOR_TAG", "Tailnet"]


class Tailnet(pulumi.ComponentResource):
    """The network that hosts join. Whose it is, the provider's own settings say: TAILSCALE_TAILNET and credentials."""

    settings: TailnetSettings
    policy: tailscale.Acl

    def __init__(self, name: str, settings: TailnetSettings, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:tailnet:Tailnet", name, None, opts)
        self.settings = settings
        self.policy = tailscale.Acl(
            name,
            acl=policy(),
            overwrite_existing_content=settings.replace_policy or None,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
