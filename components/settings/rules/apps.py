"""Rules for host names: in the domain, covered by the certificate, and used only once."""

from components.settings.apps import App
from components.settings.edge import Edge
from components.settings.errors import Finding, path
from components.settings.rules.rule import Findings, Hosts
from components.settings.sites import site_names
from components.settings.storage import Storage

TAKEN = frozenset({"kube-node-lease", "kube-public", "kube-system", "storage", "traefik"})
"""Namespaces that belong to the cluster and to this program."""


def app_is_in_a_namespace_of_the_users(apps: dict[str, App]) -> Findings:
    """Apps must not share a namespace with the program's own pods, some of which can read all secrets."""
    for name, app in apps.items():
        if app.namespace in TAKEN:
            key = path("apps", name, "namespace")
            yield Finding(key, f"{app.namespace} belongs to the cluster. Choose another, or leave it out.")
        elif not app.namespace and name in TAKEN:
            yield Finding(
                path("apps", name), "would be in a namespace that belongs to the cluster. Choose another name."
            )


def app_has_a_domain(hosts: Hosts, apps: dict[str, App], edge: Edge) -> Findings:
    """Apps need a domain. If a host has the role ingress, another rule reports the missing domain."""
    if apps and not edge.domain and not any("ingress" in host.roles for host in hosts.values()):
        first = path("apps", next(iter(apps)))
        yield Finding("edge.domain", f"is missing, and {first} needs it. Add your domain.")


def app_is_one_label_below_the_domain(apps: dict[str, App], edge: Edge) -> Findings:
    """The certificate covers the domain itself and one label before it."""
    if not edge.domain:
        return
    for name, app in apps.items():
        label = app.host.removesuffix(f".{edge.domain}")
        if app.host == edge.domain:
            continue
        if label == app.host:
            problem = f"{app.host} is not in the zone {edge.domain}. Use a name that ends with .{edge.domain}."
        elif "." in label:
            problem = f"{app.host} has more than one label before {edge.domain}; certificates cover one. Use one."
        else:
            continue
        yield Finding(path("apps", name, "host"), problem)


def host_name_is_published_once(hosts: Hosts, apps: dict[str, App], edge: Edge, storage: Storage) -> Findings:
    """With two sites of one name, either could answer."""
    taken: dict[str, str] = {}
    for key, host in site_names(hosts, apps, edge, storage):
        first = taken.setdefault(host, key)
        if first != key:
            yield Finding(key, f"{host} is also the name of {first}. Change one.")
