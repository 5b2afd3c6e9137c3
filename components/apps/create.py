"""Creates all apps of the settings."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi

from components.cluster.namespaces import namespace_of
from components.settings.apps import App as Settings

if TYPE_CHECKING:
    from components.ingress.route import Entry


def create_apps(
    apps: Mapping[str, Settings], entry: "Entry | None", namespaces: Mapping[str, pulumi.Resource]
) -> dict[str, str]:
    """URLs by app. `namespaces`: from `create_namespaces`. Without an entry, there are no apps."""
    if entry is None or not apps:
        return {}
    # Imported here: the SDKs load slowly.
    from components.apps.app import App, AppArgs

    made = {}
    for name, settings in apps.items():
        namespace = namespace_of(name, settings)
        after = (namespaces[namespace],) if namespace in namespaces else ()
        made[name] = App(name, AppArgs(settings, namespace, entry, after))
    return {name: app.url for name, app in made.items()}
