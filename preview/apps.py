"""What happens to apps: new and removed ones, and what a change does to their pods."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from preview.events import Change, Preview

APP = "tailnet-k3s:apps:App"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
ROUTE = ":IngressRoute"
HOST = re.compile(r"Host\(`([^`]+)`\)")
COUNT = ("spec", "replicas")


def app_lines(preview: Preview) -> Iterator[str]:
    """One sentence for each app, and for each Deployment of the program itself, that changes."""
    hosts = _hosts(preview)
    apps = {change.urn.name: change for change in preview.changes if change.urn.type == APP}
    for change in preview.changes:
        if change.urn.type == DEPLOYMENT:
            yield from _deployment(change, apps, hosts)
    gone = (name for name, change in apps.items() if change.operation == "delete")
    yield from (f"app **{name}** is removed; its address answers no more" for name in gone)


def _hosts(preview: Preview) -> dict[str, list[str]]:
    """Names of new sites, by the service that they lead to."""
    found: dict[str, list[str]] = {}
    for change in preview.changes:
        if change.urn.type.endswith(ROUTE):
            for route in _at(change.new, "spec", "routes") or ():
                for service in route.get("services") or ():
                    found.setdefault(str(service.get("name")), []).extend(HOST.findall(str(route.get("match"))))
    return found


def _deployment(change: Change, apps: Mapping[str, Change], hosts: Mapping[str, list[str]]) -> Iterator[str]:
    app = apps.get(change.parent.name) if change.parent else None
    name = change.urn.name
    if change.operation == "create":
        kind = "new app " if app and app.operation == "create" else ""
        where = "".join(f", at https://{host}/" for host in hosts.get(name, ()))
        yield f"{kind}**{name}**: {_pods(_at(change.new, *COUNT))} of {_image(change.new)}{where}"
    elif change.operation == "replace":
        yield f"**{name}**: its pods are deleted, and then created again: nothing answers meanwhile"
    elif change.operation == "update":
        yield from _update(name, change.old, change.new)


def _update(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before, after = _at(old, *COUNT), _at(new, *COUNT)
    if before != after:
        yield f"**{name}**: {before} → {_pods(after)}"
    if _at(old, "spec", "template") == _at(new, "spec", "template"):
        return
    images = _image(old), _image(new)
    what = f"image {images[0]} → {images[1]}" if images[0] != images[1] else "its pods are replaced"
    if _at(new, "spec", "strategy", "type") == "Recreate":
        how = "the old pod stops before the new one starts, so nothing answers for some seconds"
    else:
        how = "one pod after another; each new one is ready before an old one stops"
    yield f"**{name}**: {what}; {how}"


def _pods(count: object) -> str:
    return f"{count} pod{'' if count == 1 else 's'}"


def _image(inputs: Mapping[str, Any]) -> str:
    containers = _at(inputs, "spec", "template", "spec", "containers") or [{}]
    return ", ".join(f"`{one.get('image', '?')}`" for one in containers if isinstance(one, Mapping))


def _at(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return int(value) if isinstance(value, float) and value.is_integer() else value
