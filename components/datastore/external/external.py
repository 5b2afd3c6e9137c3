"""A database of the owner's own: every server proves that it will do, before k3s gets to know it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from components.datastore.endpoint import Endpoint, PodAccess
from components.datastore.external.kind import CLIENTS
from components.datastore.external.settings import ExternalSettings
from components.datastore.external.target import endpoint_url
from components.hosts.host import Host
from components.remote import Step, StepArgs

HERE = Path(__file__).parent


class External(pulumi.ComponentResource):
    """The cluster's datastore. The database itself is no resource of the stack."""

    members: Mapping[str, Host]
    """None of the stack's hosts."""
    endpoint: Endpoint
    for_pods: PodAccess | None = None
    """Pods have no databases in it."""
    outputs: Mapping[str, Any]
    certificates: Mapping[str, pulumi.Output[str]]
    """The client certificate, if there is one. Its owner renews it."""

    def __init__(
        self,
        name: str,
        settings: ExternalSettings,
        servers: Mapping[str, Host],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("tailnet-k3s:datastore:External", name, None, opts)
        target, certificate = settings.target, settings.certificate
        key = settings.key.get_secret_value() if settings.key else None
        known = {
            "engine": target.engine,
            "places": target.places,
            "user": target.user,
            "password": target.password,
            "database": target.database,
            "ca": settings.ca,
            "certificate": certificate,
            "key": key,
        }
        values = {
            "DATASTORE": target.words,
            "CLIENT": CLIENTS[target.engine],
            "PROGRAM": (HERE / "check.py").read_text().rstrip("\n"),
        }
        secrets = {"TARGET": pulumi.Output.secret(json.dumps(known))}
        checks = [
            Step(
                f"{name}-check-{host.name}",
                StepArgs(host, HERE / "check.sh", values, secrets, minutes=10),
                pulumi.ResourceOptions(parent=self),
            )
            for host in servers.values()
        ]
        url = endpoint_url(settings.url.get_secret_value(), has_files=bool(settings.ca or certificate))
        self.members, self.outputs = {}, {"datastore": target.words}
        self.certificates = {f"{name}-external": pulumi.Output.from_input(certificate)} if certificate else {}
        self.endpoint = Endpoint(
            pulumi.Output.secret(url),
            tuple(checks),
            ca=settings.ca,
            certificate=certificate,
            key=pulumi.Output.secret(key) if key else None,
        )
        self.register_outputs({})
