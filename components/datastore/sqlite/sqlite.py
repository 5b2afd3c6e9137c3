"""SQLite: a k3s server without a `datastore-endpoint` keeps the cluster's state in a file of its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from components.datastore.endpoint import Endpoint, PodAccess
from components.hosts.host import Host
from components.remote import Step, StepArgs

HERE = Path(__file__).parent


class Sqlite(pulumi.ComponentResource):
    """The cluster's datastore. k3s creates the file; a step makes sure that it stays."""

    members: Mapping[str, Host]
    """None: the only server is no member of anything."""
    endpoint: Endpoint
    for_pods: PodAccess | None = None
    """Pods have no databases in it."""
    outputs: Mapping[str, Any]
    certificates: Mapping[str, pulumi.Output[str]]
    """None: nobody connects to it."""

    def __init__(self, name: str, servers: Mapping[str, Host], opts: pulumi.ResourceOptions | None = None) -> None:
        """`servers`: the only one, by name. A rule of the settings refuses more."""
        super().__init__("tailnet-k3s:datastore:Sqlite", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        files = [Step(f"{name}-file-{host.name}", StepArgs(host, HERE / "file.sh"), child) for host in servers.values()]
        self.members, self.certificates = {}, {}
        self.outputs = {"datastore": f"SQLite on {', '.join(servers)}"}
        self.endpoint = Endpoint(None, tuple(files))
        self.register_outputs({})
