"""The tailnet: its policy, and a device for each host. The policy is written first, because it defines the tags."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pulumi
import pulumi_tailscale as tailscale

from components.cluster.ports import API_PORT, KUBELET_PORT, VXLAN_PORT
from components.hosts.host import Host
from components.overlay.facts import OverlayFacts
from components.overlay.tailscale.device import Device, DeviceArgs
from components.overlay.tailscale.existing_policy import findings, may_overwrite
from components.overlay.tailscale.facts import TAILSCALE
from components.overlay.tailscale.joining import UPDATE, update_values
from components.overlay.tailscale.policy import OPERATOR_PORTS, policy
from components.overlay.tailscale.settings import TailnetSettings
from components.remote import Step, StepArgs
from components.settings.downloads import Downloads
from components.settings.errors import SettingsError


class Tailnet(pulumi.ComponentResource):
    """The network that hosts join. The tailscale provider's settings choose the tailnet and the account.

    `datastore_ports`: TCP ports of the datastore's members. Only hosts of the cluster may reach them.

    Raises SettingsError if the tailnet's own policy lacks rules for the cluster and `replace_policy` is false.
    """

    def __init__(
        self,
        name: str,
        settings: TailnetSettings,
        downloads: Downloads,
        datastore_ports: Sequence[int],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("tailnet-k3s:tailnet:Tailnet", name, None, opts)
        self._settings, self._downloads = settings, downloads
        self._between_hosts = sorted({*datastore_ports, API_PORT, KUBELET_PORT, *OPERATOR_PORTS})
        self._updates: list[Step] = []
        self._policy = self._write_policy(name) if self._may_write() else None
        self.register_outputs({})

    def _may_write(self) -> bool:
        """Whether the program may write the policy. Reads it in every run, also in a preview."""
        if self._settings.replace_policy:
            return True
        existing = json.loads(tailscale.get_acl(pulumi.InvokeOptions(parent=self)).json)
        if may_overwrite(existing):
            return True
        if found := list(findings(existing, self._settings.allowed_owners)):
            raise SettingsError(f"Pulumi.{pulumi.get_stack()}.yaml", found)
        return False

    def _write_policy(self, name: str) -> tailscale.Acl:
        """Writes the policy. `overwrite_existing_content`: by default, the provider writes into a new tailnet only."""
        return tailscale.Acl(
            name,
            acl=policy(
                self._settings.allowed_owners,
                tcp=self._between_hosts,
                udp=[VXLAN_PORT],
                ssh=self._settings.control_server is None,
            ),
            overwrite_existing_content=True,
            opts=pulumi.ResourceOptions(parent=self),
        )

    @property
    def facts(self) -> OverlayFacts:
        """Tailscale's names and numbers."""
        return TAILSCALE

    def place(
        self,
        host: str,
        architecture: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        generation: int = 0,
    ) -> Device:
        """Reserves a device for the host of that name."""
        after = (self._policy,) if self._policy else ()
        args = DeviceArgs(self._settings, self._downloads, host, architecture, after, generation)
        return Device(host, args, opts)

    def update(self, host: Host, parent: pulumi.Resource) -> Host:
        """The host with the pinned Tailscale. Its other steps wait for that.

        A host loses its connections for seconds, so those that run already take turns. New ones do not wait for them,
        and nobody waits for one that does not answer.
        """
        runs = bool(host.seen.done) and not host.seen.silent
        step = Step(
            f"{host.name}-tailscale",
            StepArgs(host, UPDATE, update_values(host.architecture, self._settings, self._downloads)),
            pulumi.ResourceOptions(parent=parent, depends_on=self._updates[-1:] if runs else []),
        )
        if runs:
            self._updates.append(step)
        return replace(host, ready=(*host.ready, step))
