"""Warns when the role `storage` moves to another host: the object store's data does not move with it."""

from collections.abc import Iterator, Mapping

from components.look.state import Done
from components.rendering import value_in
from components.settings.errors import Finding, path
from components.settings.host import HostPart

FOLDER_STEP = "storage-folder-"
"""The name of the step that creates the store's folder begins like this. The host's name follows."""


def store_does_not_move(hosts: Mapping[str, HostPart], done: Mapping[str, Done]) -> Iterator[Finding]:
    """Only a warning: the data stays on the old host, and is there again if the role moves back."""
    before = {name.removeprefix(FOLDER_STEP): one for name, one in done.items() if name.startswith(FOLDER_STEP)}
    now = [name for name, host in hosts.items() if "storage" in host.roles]
    for host in now:
        for old, folder in before.items() if host not in before else ():
            kept = f"Its objects stay on {old}, in {value_in(folder.command, 'FOLDER')}."
            if old not in hosts:
                kept += f" If a cloud deletes the machine {old}, they are lost, unless they are on a volume."
            yield Finding(
                path("hosts", host, "roles"),
                f"has storage now: the object store starts empty on this host. {kept} To have the objects here, copy"
                f" that folder to this host, or give the role back to {old}.",
                "warning",
            )
