"""The system on one page: the tailnet, the machines, the datastore, the cluster, the entry, storage and apps."""

import pulumi

from components.apps.create import create_apps
from components.backup.backups import create_backups
from components.backup.restore import restore_into
from components.certificates import certificate_ends
from components.cluster.beginning import Beginning
from components.cluster.k3s import K3s, K3sArgs
from components.cluster.namespaces import create_namespaces
from components.cost.report import monthly_cost
from components.datastore.create import create_datastore, datastore_ports, export_outputs, left_data
from components.datastore.kind import DatastoreArgs
from components.datastore.service import expose_databases
from components.edge.ranges import visitor_ranges
from components.edge.zone_check import check_zone
from components.hosts.args import HostsArgs
from components.hosts.create import create_hosts
from components.hosts.host import own_logins, with_role
from components.hosts.operator import Operator
from components.ingress.entry import EntryArgs, create_entry
from components.look.args import LookArgs
from components.look.look import look_at_hosts
from components.overlay.create import create_overlay
from components.settings.load import Settings
from components.settings.sites import site_names
from components.storage.create import create_storage, kept_data
from policies.program import enforce_rules

settings = Settings.load()
enforce_rules()

check_zone(settings.edge, site_names(settings.hosts, settings.apps, settings.edge, settings.storage))
restores = settings.restore is not None
wanted = (settings.hosts, settings.clouds, settings.k3s, settings.overlay, settings.datastore, settings.backup)
found = look_at_hosts(LookArgs(*wanted, restores))
visitors = visitor_ranges(settings.edge)
overlay = create_overlay("tailnet", settings.overlay, settings.downloads, datastore_ports(settings.datastore))
operator = Operator("operator")
common = HostsArgs(operator, overlay, visitors, settings.trust, found)
hosts = create_hosts(settings.hosts, settings.clouds, common)
servers, agents = with_role(hosts, "server"), with_role(hosts, "agent")

start = Beginning("k3s", settings.k3s, servers, agents, restores)
restore = restore_into("restore", settings, start)
datastore = create_datastore(
    "datastore", DatastoreArgs(settings.datastore, hosts, overlay.facts, settings.downloads, restore)
)
cluster = K3s(
    "k3s",
    K3sArgs(
        settings.k3s, start, datastore.endpoint, overlay.facts, servers, agents, settings.downloads, own_logins(hosts)
    ),
)
expose_databases("databases", datastore, cluster, {**servers, **agents})
create_backups("backup", settings, datastore, cluster)

ingress_hosts = with_role(hosts, "ingress")
entry = create_entry(
    "ingress",
    EntryArgs(settings.edge, settings.ingress, settings.k3s, cluster, ingress_hosts, visitors, settings.downloads),
)
namespaces = create_namespaces(settings.apps, settings.storage.accounts, cluster)
storage_hosts = with_role(hosts, "storage")
storage = create_storage("storage", settings.storage, storage_hosts, cluster, entry, namespaces=namespaces)
apps = create_apps(settings.apps, entry, namespaces)

pulumi.export("kubeconfig", pulumi.Output.secret(cluster.kubeconfig))
pulumi.export("nodes", {name: host.address for name, host in hosts.items()})
export_outputs(datastore)
pulumi.export("ssh", operator.access(hosts))
pulumi.export("apps", apps)
pulumi.export("storage", storage and storage.credentials)
pulumi.export("kept", kept_data(hosts, settings.storage, left_data(settings.datastore, hosts)))
pulumi.export("certificates", certificate_ends(cluster, datastore, entry))
pulumi.export("monthly_cost", monthly_cost(settings.hosts))
