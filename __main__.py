"""The system on one page: machines, the tailnet that joins them, the datastore, the cluster."""

import pulumi

from components.cluster.k3s import K3s, K3sArgs
from components.datastore.create import create_datastore
from components.hosts.create import create_hosts
from components.hosts.host import having
from components.hosts.operator import Operator
from components.settings import Settings
from components.tailnet import Tailnet

settings = Settings.load()

tailnet = Tailnet("tailnet", settings.tailnet)
operator = Operator("operator")
hosts = create_hosts(settings, operator, tailnet)
servers, agents = having(hosts, "server"), having(hosts, "agent")

datastore = create_datastore("datastore", settings.datastore, hosts)
cluster = K3s("k3s", K3sArgs(settings.k3s, datastore.endpoint, servers, agents, settings.downloads))

pulumi.export("kubeconfig", pulumi.Output.secret(cluster.kubeconfig))
pulumi.export("nodes", {name: host.address for name, host in hosts.items()})
pulumi.export("writer", datastore.writer)
pulumi.export("databases", pulumi.Output.secret(datastore.databases))
pulumi.export("ssh", operator.access(hosts))
