"""The restore of a backup into the empty datastore of a new stack."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi

from components.backup.backups import folder_of
from components.backup.program import joined
from components.datastore.kind import Datastore
from components.datastore.registry import DATASTORES
from components.remote import Step, StepArgs

if TYPE_CHECKING:
    from components.settings.load import Settings

HERE = Path(__file__).parent
PARTS = tuple(HERE / "host" / f"{name}.py" for name in ("store", "manifest", "restore"))
Fill = Callable[[pulumi.Output[str], bool], Sequence[pulumi.Resource]]
"""Fills the datastore before the first server starts on it. Gets the servers' token, a secret, and whether k3s encrypts
Secrets."""


def restore_into(name: str, settings: "Settings", datastore: Datastore) -> Fill | None:
    """What fills the datastore, if the settings name a backup. The step runs on the first member."""
    wanted, backup = settings.restore, settings.backup
    kind = DATASTORES[settings.datastore.kind].snapshots
    if wanted is None or backup is None or kind is None:
        return None
    host = next(iter(datastore.members.values()))
    known = {
        "prefix": wanted.folder or folder_of(backup),
        "backup": wanted.backup,
        "kind": settings.datastore.kind,
        "k3s": settings.k3s.version,
        **kind.values(settings.datastore),
    }
    place = {"endpoint": backup.endpoint, "bucket": backup.bucket, "region": backup.region}
    program = joined((*PARTS, *kind.load), f"main({kind.restorer})").rstrip("\n")

    def fill(token: pulumi.Output[str], encrypts: bool) -> Sequence[pulumi.Resource]:
        values = {
            "PROGRAM": program,
            "SETTINGS": json.dumps({**known, "encrypts": encrypts}, sort_keys=True),
            "PLACE": json.dumps(place, sort_keys=True),
        }
        secrets: dict[str, pulumi.Input[str]] = {
            "ACCESS_KEY": pulumi.Output.secret(backup.access_key.get_secret_value()),
            "SECRET_KEY": pulumi.Output.secret(backup.secret_key.get_secret_value()),
            "IDENTITY": pulumi.Output.secret(wanted.identity.get_secret_value()),
            "TOKEN": token,
        }
        step = StepArgs(host, HERE / "restore.sh", values, secrets, minutes=120)
        return [Step(name, step, pulumi.ResourceOptions(depends_on=list(datastore.endpoint.ready)))]

    return fill
