"""k3s on all servers and agents. The first server creates the cluster. Afterwards all servers are equal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_random as random

from components.artefacts import k3s as k3s_artefact
from components.clouds.registry import metadata_networks
from components.cluster.beginning import TYPE, Beginning, node_step
from components.cluster.configuration import (
    agent_config,
    dns_distribution,
    dns_replicas,
    node_labels,
    registries,
    server_config,
)
from components.cluster.kubeconfig import led_to, with_contexts
from components.cluster.pod_rules import FILE, TABLE, pod_rules
from components.cluster.registration import registration_section
from components.cluster.slots import slots
from components.datastore.endpoint import Endpoint
from components.hosts.host import Host, addresses_of, answering_first
from components.hosts.once import ENCRYPTS, labels_step
from components.hosts.ssh_login import SshLogin
from components.overlay.facts import OverlayFacts
from components.proxy.local_proxy import local_proxy
from components.remote import CleanupStep, Step, StepArgs
from components.settings.downloads import Downloads
from components.settings.k3s import K3s as Settings

HERE = Path(__file__).parent
NODE_SCRIPTS = ("card_address.sh", "datastore_tls.sh", "node_object.sh", "node_certificates.sh", "k3s_node.sh")
AGENTS_SHARE = 3
"""A third of the agents restart at the same time."""


@dataclass(frozen=True)
class K3sArgs:
    """Hosts by name, sorted by name. At least one server."""

    settings: Settings
    beginning: Beginning
    endpoint: Endpoint
    overlay: OverlayFacts
    """The network that connects the nodes."""
    servers: Mapping[str, Host]
    agents: Mapping[str, Host] = field(default_factory=dict)
    downloads: Downloads = field(default_factory=Downloads)
    logins: Sequence[SshLogin] = ()
    """Where SSH of any host answers outside the overlay. Pods must not reach it."""


class K3s(pulumi.ComponentResource):
    """The cluster. Resources within it depend on `ready`."""

    kubeconfig: pulumi.Output[str]
    """The administrator's kubeconfig; a secret. It has a context `PROJECT-STACK-SERVER` for each server."""
    token: pulumi.Output[str]
    """The servers' token; a secret. It opens the keys that the datastore keeps."""
    encrypts: bool
    """Whether k3s encrypts Secrets in the datastore."""
    provider: kubernetes.Provider
    """Creates resources in the cluster."""
    lost_seconds: int
    """Seconds until pods of a lost host start elsewhere."""
    first: Host
    """The server that created the cluster."""
    by: Host
    """A server that answers: the first one, if it does. Steps run `k3s kubectl` on it, and the provider asks it."""
    ready: tuple[pulumi.Resource, ...]
    """Once these exist, every node is Ready with its labels and taints, lost nodes are gone, and pods have DNS."""

    def __init__(self, name: str, args: K3sArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TYPE, name, None, opts)
        self._name, self._args = name, args
        # The servers' token gives access to the keys of the cluster's CAs. Agents get a token with fewer rights.
        self.token, self.encrypts = args.beginning.token, args.beginning.encrypts
        options = pulumi.ResourceOptions(parent=self)
        self._agent_token = random.RandomPassword(f"{name}-agent-token", length=48, special=False, opts=options)
        self.first = next(iter(args.servers.values()))
        self.by = answering_first(args.servers.values())[0]
        self.lost_seconds = args.settings.lost_seconds

        balancers: dict[str, Step] = {}
        for host in self._hosts():
            balancers[host.name] = self._balance(host, self._turn(balancers, at_once=1))
        prepared = {
            host.name: [self._install(host), balancers[host.name], self._keep_pods_away(host)] for host in self._hosts()
        }
        first = self._run_server(self.first, [*prepared[self.first.name], *args.endpoint.ready])
        removed = self._remove_lost_nodes(first)
        servers = {self.first.name: first}
        for host in [host for host in args.servers.values() if host is not self.first]:
            turn = self._turn(servers, at_once=1)
            servers[host.name] = self._run_server(host, [*prepared[host.name], first, removed, *turn])
        agents: dict[str, Step] = {}
        for host in args.agents.values():
            turn = self._turn(agents, at_once=max(1, len(args.agents) // AGENTS_SHARE))
            agents[host.name] = self._run_agent(host, [*prepared[host.name], *servers.values(), *turn])
        nodes = servers | agents
        own_slots = slots(args.servers, args.agents)
        for host in self._hosts():
            self._renew_certificates(host, own_slots[host.name], nodes[host.name])

        labelled = [self._label_node(host, nodes) for host in self._hosts()]
        self.ready = (*labelled, removed, self._await_dns([*labelled, removed]))
        own = self._read_kubeconfig(first)
        if self.by is not self.first:
            own = pulumi.Output.all(own, self.by.address).apply(lambda known: led_to(*known))
        self.provider = self._create_provider(name, own)
        self.kubeconfig = pulumi.Output.all(own, addresses_of(args.servers)).apply(lambda known: with_contexts(*known))
        self.register_outputs({"kubeconfig": self.kubeconfig})

    def inside(
        self, parent: pulumi.Resource | None, after: Sequence[pulumi.Resource] | None = None
    ) -> pulumi.ResourceOptions:
        """Options of a Kubernetes object: created after `after` (None: after `ready`), by the administrator.

        When the whole cluster is deleted, Pulumi does not delete the object first: that would take minutes. Do not use
        these options for a component: its DNS records and other children outside the cluster would stay, too.
        """
        return pulumi.ResourceOptions(
            parent=parent,
            provider=self.provider,
            depends_on=list(self.ready if after is None else after),
            deleted_with=self,
        )

    def _hosts(self) -> list[Host]:
        return [*self._args.servers.values(), *self._args.agents.values()]

    # What a node needs before k3s starts does not need the datastore, so both are created at the same time.

    def _balance(self, host: Host, after: list[Step]) -> Step:
        """Leads the node to any server. A change ends the sessions of this host with the database, and of visitors."""
        section = addresses_of(self._args.servers).apply(registration_section)
        name = f"{self._name}-registration-{host.name}"
        return local_proxy(name, host, "registration", section, self._child([*after]))

    def _keep_pods_away(self, host: Host) -> Step:
        """From the datastore, from SSH of all hosts, and from the cloud's metadata, before the first pod starts."""
        name = f"{self._name}-pod-rules-{host.name}"
        args = self._args
        rules = pod_rules(
            args.settings.cluster_cidr, args.overlay, args.endpoint.ports, metadata_networks(), args.logins
        )
        table: dict[str, pulumi.Input[str]] = {"FILE": FILE, "TABLE": TABLE}
        leave = CleanupStep(f"{name}-leave", StepArgs(host, HERE / "pod_rules_leave.sh", table), [name], self._child())
        return Step(
            name, StepArgs(host, HERE / "pod_rules.sh", {**table, "RULES": rules.rstrip("\n")}), self._child([leave])
        )

    def _install(self, host: Host) -> Step:
        settings, architecture = self._args.settings, host.architecture
        artefact = k3s_artefact(
            architecture, settings.version, self._args.downloads.mirror, settings.sha256.of(architecture)
        )
        name = f"{self._name}-binary-{host.name}"
        leave = CleanupStep(f"{name}-leave", StepArgs(host, HERE / "k3s_binary_leave.sh"), [name], self._child())
        return Step(
            name,
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
            self._child([leave]),
        )

    def _turn(self, before: Mapping[str, Step], at_once: int) -> list[Step]:
        """What the next node waits for. Nodes that run restart their services in turn, so that a change never stops all
        of them, and a bad one stops at the first. In a new cluster there is nothing to protect: they start at once."""
        if self._node_step(self.first) not in self.first.seen.done:
            return []
        return [*before.values()][-at_once:][:1] if len(before) >= at_once else []

    def _node_step(self, host: Host) -> str:
        return node_step(self._name, host)

    def _run_server(self, host: Host, after: list[pulumi.Resource]) -> Step:
        config = host.address.apply(partial(server_config, host, self._args.settings, self.encrypts))
        endpoint = self._args.endpoint
        secrets = {
            "TOKEN": self.token,
            "AGENT_TOKEN": self._agent_token.result,
            **_present({"ENDPOINT": endpoint.url, "DATASTORE_KEY": endpoint.key}),
        }
        tls = _present({"DATASTORE_CA": endpoint.ca, "DATASTORE_CERTIFICATE": endpoint.certificate})
        remembered = {ENCRYPTS: "yes"} if self.encrypts else {}
        return self._run(host, "server", {"CONFIG": config, **remembered, **tls}, secrets, after)

    def _run_agent(self, host: Host, after: list[pulumi.Resource]) -> Step:
        config = host.address.apply(partial(agent_config, host))
        return self._run(host, "agent", {"CONFIG": config}, {"TOKEN": self._agent_token.result}, after)

    def _run(
        self,
        host: Host,
        role: str,
        values: Mapping[str, pulumi.Input[str]],
        secrets: Mapping[str, pulumi.Input[str]],
        after: list[pulumi.Resource],
    ) -> Step:
        name = self._node_step(host)
        undoes = [name, f"{self._name}-renewal-{host.name}"]
        leave = CleanupStep(f"{name}-leave", StepArgs(host, HERE / "k3s_leave.sh"), undoes, self._child(after))
        return Step(
            name,
            StepArgs(
                host,
                tuple(HERE / script for script in NODE_SCRIPTS),
                {
                    "ROLE": role,
                    "VERSION": self._args.settings.version,
                    "REGISTRIES": registries(self._args.settings.registries),
                    "INTERFACE": self._args.overlay.interface,
                    "OVERLAY_UNIT": self._args.overlay.unit,
                    "DEVICE": host.device,
                    "VISITORS": "yes" if "ingress" in host.roles else "no",
                    "INITIALISE": "yes" if host is self.first else "no",
                    **values,
                },
                secrets,
            ),
            self._child([*after, leave]),
        )

    def _renew_certificates(self, host: Host, slot: int, node: Step) -> Step:
        """A timer. The cleanup step of the node removes it."""
        scripts = (HERE / "node_certificates.sh", HERE / "k3s_renewal.sh")
        values = {"SLOT": str(slot), "ROLE": "server" if "server" in host.roles else "agent"}
        return Step(f"{self._name}-renewal-{host.name}", StepArgs(host, scripts, values), self._child([node]))

    def _label_node(self, host: Host, nodes: Mapping[str, Step]) -> Step:
        """Sets labels and taints; drains and removes the node on delete. Runs on another server if there is one.

        When the whole cluster is deleted, nothing is drained: pods have no other host to move to.
        """
        others = [server for server in self._args.servers.values() if server is not host]
        by = (answering_first(others) or [self.first])[0]
        with_its_server = pulumi.ResourceOptions(deleted_with=by.machine or self)
        options = pulumi.ResourceOptions.merge(self._child([nodes[host.name], nodes[by.name]]), with_its_server)
        name = labels_step(host.name, self._name)
        leaving = StepArgs(by, HERE / "node_leave.sh", {"NODE": host.name}, about=host)
        leave = CleanupStep(f"{name}-leave", leaving, [name], options)
        return Step(
            name,
            StepArgs(
                by,
                HERE / "node.sh",
                {
                    "NODE": host.name,
                    "ADDRESS": host.address,
                    "DEVICE": host.device,
                    "LABELS": "\n".join(f"{name}={value}" for name, value in sorted(node_labels(host).items())),
                    "SERVER": "yes" if "server" in host.roles else "no",
                    "TAINTS": "\n".join(taint.replace("=:", ":") for taint in host.taints),
                },
                about=host,
            ),
            pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=[leave])),
        )

    def _remove_lost_nodes(self, first: Step) -> Step:
        """Deletes Node objects of lost machines. Otherwise new machines of their names can't join, and a later change
        may wait for ever for pods on them."""
        devices = pulumi.Output.all(**{host.name: host.device for host in self._hosts()})
        wanted = devices.apply(lambda known: "\n".join(f"{name} {known[name]}" for name in sorted(known)))
        scripts = (HERE / "node_object.sh", HERE / "lost_nodes.sh")
        return Step(f"{self._name}-lost-nodes", StepArgs(self.by, scripts, {"WANTED": wanted}), self._child([first]))

    def _await_dns(self, after: list[Step]) -> Step:
        values = {
            "REPLICAS": str(dns_replicas(self._hosts())),
            "DISTRIBUTION": dns_distribution(self._args.settings.version),
            "DAEMON_SET_PROGRAM": (HERE / "node_dns.py").read_text(),
            "VERSION": self._args.settings.version,
        }
        return Step(f"{self._name}-dns", StepArgs(self.by, HERE / "cluster_dns.sh", values), self._child([*after]))

    def _create_provider(self, name: str, kubeconfig: pulumi.Output[str]) -> kubernetes.Provider:
        """Takes over objects that an interrupted run left. The cluster keeps its identity when its address changes.

        Fields of objects from a backup belong to the stack that made it, and are taken over as well.
        """
        return kubernetes.Provider(
            name,
            kubeconfig=kubeconfig,
            cluster_identifier=f"{pulumi.get_project()}-{pulumi.get_stack()}",
            upsert_existing_objects=True,
            enable_patch_force=True if self._args.beginning.restored else None,
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


def _present(inputs: Mapping[str, pulumi.Input[str] | None]) -> dict[str, pulumi.Input[str]]:
    """The inputs that are not None."""
    return {name: value for name, value in inputs.items() if value is not None}
