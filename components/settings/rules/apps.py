"""Rules of names that visitors ask for: each within the domain, covered by its certificate, and published once."""

from collections.abc import Iterator

from components.settings.apps import App
from components.settings.edge import Edge
from components.settings.errors import Finding, path
from components.settings.rules.rule import Findings, Hosts
from components.settings.storage import Storage

TAKEN = frozenset({"kube-node-lease", "kube-public", "kube-system", "storage", "traefik"})
"""Namespaces of the cluster and of this program."""


def app_is_in_a_namespace_of_the_users(apps: dict[str, App]) -> Findings:
    """What is in the others is not to be mixed with, and may read secrets of the whole cluster."""
    for name, app in apps.items():
        if app.namespace in TAKEN:
            key = path("apps", name, "namespace")
            yield Finding(key, f"{app.namespace} belongs to the cluster. Choose another, or leave it out.")
        elif not app.namespace and name in TAKEN:
            yield Finding(path("apps", name), "would be in a namespace that belongs to the cluster. Name it otherwise.")


def app_has_a_domain(hosts: Hosts, apps: dict[str, App], edge: Edge) -> Findings:
    """An app is there to be visited. With a role ingress and no domain, that is said already."""
    if apps and not edge.domain and not any("ingress" in host.roles for host in hosts.values()):
        first = path("apps", next(iter(apps)))
        yield Finding("edge.domain", f"is missing, and {first} is to be found there. Add your domain.")


def app_is_one_label_below_the_domain(apps: dict[str, App], edge: Edge) -> Findings:
    """The certificate is for the domain itself and for one label before it."""
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
    """Which of two a visitor reached would be anyone's guess."""
    taken: dict[str, str] = {}
    theirs = ((path("apps", name, "host"), app.host) for name, app in apps.items())
    for key, host in (*_store_names(hosts, edge, storage), *theirs):
        first = taken.setdefault(host, key)
        if first != key:
            yield Finding(key, f"{host} is the name of {first} as well. Change one.")


def _store_names(hosts: Hosts, edge: Edge, storage: Storage) -> Iterator[tuple[str, str]]:
    if not edge.domain or not any("storage" in host.roles for host in hosts.values()):
        return
    for key, label in (("host_name", storage.host_name), ("console_host_name", storage.console_host_name)):
        if label:
            yield f"storage.{key}", f"{label}.{edge.domain}"
