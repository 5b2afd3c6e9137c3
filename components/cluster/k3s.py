"""k3s on all servers and agents: the first server makes the cluster, and nobody depends on it afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_random as random

from components.artefacts import k3s as k3s_artefact
from components.cluster.configuration import agent_config, node_labels, registries, server_config
from components.cluster.kubeconfig import with_contexts
from components.datastore.endpoint import Endpoint
from components.hosts.host import Host, addresses_of
from components.proxy.local_proxy import local_proxy
from components.proxy.sections import registration_section
from components.remote import Step, StepArgs
from components.settings.downloads import Downloads
from components.settings.k3s import K3s as Settings

HERE = Path(__file__).parent
INTERFACE = "tailscale0"


@dataclass(frozen=True)
class K3sArgs:
    """Hosts by name, in the order of their names; at least one server."""

    settings: Settings
    endpoint: Endpoint
    servers: Mapping[str, Host]
    agents: Mapping[str, Host] = field(default_factory=dict)
    downloads: Downloads = field(default_factory=Downloads)


class K3s(pulumi.ComponentResource):
    """The cluster. Resources within it depend on `ready`."""

    kubeconfig: pulumi.Output[str]
    """The administrator's, with a context `PROJECT-STACK-SERVER` for each server; a secret."""
    provider: kubernetes.Provider
    """Through which resources within the cluster are made."""
    first: Host
    """The server that made the cluster: where steps run `k3s kubectl`."""
    ready: tuple[pulumi.Resource, ...]
    """Every node is Ready, with its labels and taints, none that is lost is left, and pods find services by name."""

    def __init__(self, name: str, args: K3sArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:cluster:K3s", name, None, opts)
        self._name, self._args = name, args
        # Whoever has the servers' token can read all that servers share, even the CAs' keys: agents have one of theirs.
        self._token, self._agent_token = self._make_token("token"), self._make_token("agent-token")
        self.first = next(iter(args.servers.values()))

        prepared = {host.name: self._prepare(host) for host in self._hosts()}
        first = self._run_server(self.first, [*prepared[self.first.name], *args.endpoint.ready])
        servers = {self.first.name: first} | {
            host.name: self._run_server(host, [*prepared[host.name], first])
            for host in args.servers.values()
            if host is not self.first
        }
        agents = {
            host.name: self._run_agent(host, [*prepared[host.name], *servers.values()]) for host in args.agents.values()
        }
        nodes = servers | agents

        settled = [self._settle_node(host, nodes) for host in self._hosts()]
        forgotten = self._forget_lost_nodes(first)
        self.ready = (*settled, forgotten, self._await_dns([*settled, forgotten]))
        by_first = self._read_kubeconfig(first)
        self.provider = self._provide(name, by_first)
        self.kubeconfig = pulumi.Output.all(by_first, addresses_of(args.servers)).apply(
            lambda known: with_contexts(*known)
        )
        self.register_outputs({"kubeconfig": self.kubeconfig})

    def inside(
        self, parent: pulumi.Resource | None, after: Sequence[pulumi.Resource] | None = None
    ) -> pulumi.ResourceOptions:
        """Options of an object within the cluster: made by its administrator, once `after` (None: `ready`) is there.

        When the whole cluster goes, it goes too: to delete one after the other would take minutes. For objects alone,
        not for components: what these have elsewhere, DNS records for one, would inherit that, and stay.
        """
        return pulumi.ResourceOptions(
            parent=parent,
            provider=self.provider,
            depends_on=list(self.ready if after is None else after),
            deleted_with=self._token,
        )

    def _hosts(self) -> list[Host]:
        return [*self._args.servers.values(), *self._args.agents.values()]

    def _make_token(self, name: str) -> random.RandomPassword:
        options = pulumi.ResourceOptions(parent=self)
        return random.RandomPassword(f"{self._name}-{name}", length=48, special=False, opts=options)

    def _prepare(self, host: Host) -> list[Step]:
        """What a node needs before k3s runs; independent of the datastore, so done meanwhile."""
        artefact = k3s_artefact(host.architecture, self._args.settings, self._args.downloads)
        binary = Step(
            f"{self._name}-binary-{host.name}",
            StepArgs(
                host,
                HERE / "k3s_binary.sh",
                {
                    "URL": artefact.url,
                    "SHA256": artefact.sha256,
                    "CHECKSUM_URL": artefact.checksum_url,
                    "NAME": artefact.name,
                },
            ),
            self._child(),
        )
        section = addresses_of(self._args.servers).apply(registration_section)
        balancer = local_proxy(f"{self._name}-registration-{host.name}", host, "registration", section, self._child())
        return [binary, balancer]

    def _run_server(self, host: Host, after: list[pulumi.Resource]) -> Step:
        config = host.address.apply(partial(server_config, host, self._args.settings))
        secrets = {
            "TOKEN": self._token.result,
            "AGENT_TOKEN": self._agent_token.result,
            "ENDPOINT": self._args.endpoint.url,
        }
        return self._run(host, "server", config, secrets, after)

    def _run_agent(self, host: Host, after: list[pulumi.Resource]) -> Step:
        config = host.address.apply(partial(agent_config, host))
        return self._run(host, "agent", config, {"TOKEN": self._agent_token.result}, after)

    def _run(
        self,
        host: Host,
        role: str,
        config: pulumi.Output[str],
        secrets: Mapping[str, pulumi.Input[str]],
        after: list[pulumi.Resource],
    ) -> Step:
        return Step(
            f"{self._name}-node-{host.name}",
            StepArgs(
                host,
                (HERE / "card_address.sh", HERE / "k3s_node.sh"),
                {
                    "ROLE": role,
                    "VERSION": self._args.settings.version,
                    "CONFIG": config,
                    "REGISTRIES": registries(self._args.settings.registries),
                    "INTERFACE": INTERFACE,
                    "VISITORS": "yes" if "ingress" in host.roles else "no",
                    "INITIALISE": "yes" if host is self.first else "no",
                },
                secrets,
                delete=HERE / "k3s_leave.sh",
            ),
            self._child(after),
        )

    def _settle_node(self, host: Host, nodes: Mapping[str, Step]) -> Step:
        """Labels and taints, and the farewell: from a server that is not the node itself, if there is one.

        When the whole cluster goes there is no farewell: pods have no other host to move to.
        """
        others = [server for server in self._args.servers.values() if server is not host]
        by = (others or [self.first])[0]
        gone = pulumi.ResourceOptions(deleted_with=by.machine or self._token)
        return Step(
            f"{self._name}-labels-{host.name}",
            StepArgs(
                by,
                HERE / "node.sh",
                {
                    "NODE": host.name,
                    "LABELS": "\n".join(f"{name}={value}" for name, value in sorted(node_labels(host).items())),
                    "TAINTS": "\n".join(taint.replace("=:", ":") for taint in host.taints),
                },
                delete=HERE / "node_leave.sh",
            ),
            pulumi.ResourceOptions.merge(self._child([nodes[host.name], nodes[by.name]]), gone),
        )

    def _forget_lost_nodes(self, first: Step) -> Step:
        """Before anything in the cluster changes, which may wait for their pods to end."""
        nodes = {"WANTED": "\n".join(sorted(host.name for host in self._hosts()))}
        return Step(
            f"{self._name}-lost-nodes", StepArgs(self.first, HERE / "lost_nodes.sh", nodes), self._child([first])
        )

    def _await_dns(self, after: list[Step]) -> Step:
        return Step(f"{self._name}-dns", StepArgs(self.first, HERE / "cluster_dns.sh"), self._child([*after]))

    def _provide(self, name: str, kubeconfig: pulumi.Output[str]) -> kubernetes.Provider:
        """An object that a killed run has left is taken over; the cluster stays the same one at another address."""
        return kubernetes.Provider(
            name,
            kubeconfig=kubeconfig,
            cluster_identifier=f"{pulumi.get_project()}-{pulumi.get_stack()}",
            upsert_existing_objects=True,
            opts=self._child(),
        )

    def _read_kubeconfig(self, first: Step) -> pulumi.Output[str]:
        step = Step(
            f"{self._name}-kubeconfig",
            StepArgs(
                self.first,
                HERE / "kubeconfig.sh",
                {"ADDRESS": self.first.address, "CLUSTER": f"{pulumi.get_project()}-{pulumi.get_stack()}"},
            ),
            self._child([first]),
        )
        return pulumi.Output.secret(step.stdout)

    def _child(self, after: list[pulumi.Resource] | None = None) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=after or [])
