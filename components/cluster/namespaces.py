"""Namespaces for users' apps, and for the Secrets with keys of the object store's accounts."""

from collections.abc import Mapping

import pulumi

from components.cluster.k3s import K3s
from components.settings.apps import App
from components.settings.rules.apps import TAKEN
from components.settings.storage import Account

NOT_OURS = TAKEN | {"default"}
"""Namespaces that Kubernetes or another part of this program creates."""


def namespace_of(name: str, app: App) -> str:
    """The namespace of an app: its own, unless the settings name another."""
    return app.namespace or name


def create_namespaces(
    apps: Mapping[str, App], accounts: Mapping[str, Account], cluster: K3s
) -> dict[str, pulumi.Resource]:
    """Namespaces of all apps and accounts, by name.

    Pods of apps run under the Pod Security Standard "baseline": any user, but no rights on their host. A namespace that
    only an account uses may belong to somebody else, so it stays when the account is removed.
    """
    with_app = {namespace_of(name, app) for name, app in apps.items()} - NOT_OURS
    names = with_app | {account.namespace for account in accounts.values()} - NOT_OURS
    if not names:
        return {}
    from pulumi_kubernetes.core.v1 import Namespace
    from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

    ours = {"pod-security.kubernetes.io/enforce": "baseline"}
    made = {}
    for name in sorted(names):
        own = pulumi.ResourceOptions(retain_on_delete=name not in with_app)
        options = pulumi.ResourceOptions.merge(cluster.inside(None), own)
        metadata = ObjectMetaArgs(name=name, labels=ours if name in with_app else None)
        made[name] = Namespace(name, metadata=metadata, opts=options)
    return made
