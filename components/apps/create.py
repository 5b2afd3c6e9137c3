"""All apps of the settings: each online under its name, without a line of code."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi

from components.cluster.namespaces import namespace_of
from components.settings.apps import App as Settings

if TYPE_CHECKING:
    from components.ingress.route import Door


def create_apps(
    apps: Mapping[str, Settings], door: "Door | None", namespaces: Mapping[str, pulumi.Resource]
) -> dict[str, str]:
    """URLs by app. `namespaces`: those that `create_namespaces` has made. Without a door there are no apps."""
    if door is None or not apps:
        return {}
    # Here, for the SDKs take their time to load.
    from components.apps.app import App, AppArgs

    made = {}
    for name, settings in apps.items():
        namespace = namespace_of(name, settings)
        after = (namespaces[namespace],) if namespace in namespaces else ()
        made[name] = App(name, AppArgs(settings, namespace, door, after))
    return {name: app.url for name, app in made.items()}
