"""The system on one page: machines, the tailnet that joins them, the datastore, the cluster, and the way in to it."""

import pulumi

from components.apps.create import create_apps
from components.cluster.k3s import K3s, K3sArgs
from components.cluster.namespaces import create_namespaces
from components.cost.report import monthly_cost
from components.datastore.create import create_datastore
from components.edge.ranges import visitor_ranges
from components.hosts.create import create_hosts
from components.hosts.host import having
from components.hosts.operator import Operator
from components.ingress.door import DoorArgs, open_door
from components.settings import Settings
from components.storage.create import create_storage, kept
from components.tailnet import Tailnet

settings = Settings.load()

visitors = visitor_ranges(settings.edge)
tailnet = Tailnet("tailnet", settings.tailnet)
operator = Operator("operator")
hosts = create_hosts(settings, operator, tailnet, visitors)
servers, agents = having(hosts, "server"), having(hosts, "agent")

datastore = create_datastore("datastore", settings.datastore, hosts)
cluster = K3s("k3s", K3sArgs(settings.k3s, datastore.endpoint, servers, agents, settings.downloads))

ingresses = having(hosts, "ingress")
door = open_door(
    "ingress",
    DoorArgs(settings.edge, settings.ingress, settings.k3s, cluster, ingresses, visitors, settings.downloads),
)
namespaces = create_namespaces(settings.apps, settings.storage.accounts, cluster)
stores = having(hosts, "storage")
storage = create_storage("storage", settings.storage, stores, cluster, door, namespaces=namespaces)
apps = create_apps(settings.apps, door, namespaces)

pulumi.export("kubeconfig", pulumi.Output.secret(cluster.kubeconfig))
pulumi.export("nodes", {name: host.address for name, host in hosts.items()})
pulumi.export("writer", datastore.writer)
pulumi.export("databases", pulumi.Output.secret(datastore.databases))
pulumi.export("ssh", operator.access(hosts))
pulumi.export("apps", apps)
pulumi.export("storage", storage and storage.credentials)
pulumi.export("kept", kept(hosts, settings.storage))
pulumi.export("monthly_cost", monthly_cost(settings.hosts))
