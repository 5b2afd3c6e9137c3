"""The restore of a backup into the empty datastore of a new stack."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi

from components.backup.backups import folder_of
from components.backup.program import joined
from components.cluster.beginning import Beginning
from components.datastore.kind import Fill, fill_nothing
from components.datastore.registry import DATASTORES
from components.hosts.host import Host
from components.remote import Step, StepArgs

if TYPE_CHECKING:
    from components.settings.load import Settings

HERE = Path(__file__).parent
PARTS = tuple(HERE / "host" / f"{name}.py" for name in ("store", "manifest", "k3s_data", "restore"))


def restore_into(name: str, settings: "Settings", beginning: Beginning) -> Fill:
    """What fills the datastore, if the settings name a backup: a step of this name. `beginning`: of the new cluster."""
    wanted, backup = settings.restore, settings.backup
    kind = DATASTORES[settings.datastore.kind].snapshots
    if wanted is None or backup is None or kind is None:
        return fill_nothing
    always = {
        "prefix": wanted.folder or folder_of(backup),
        "backup": wanted.backup,
        "kind": settings.datastore.kind,
        "k3s": settings.k3s.version,
        "encrypts": beginning.encrypts,
        **kind.values(settings.datastore),
    }
    values: dict[str, pulumi.Input[str]] = {
        "PROGRAM": joined((*PARTS, *kind.load), f"main({kind.restorer})").rstrip("\n"),
        "PLACE": json.dumps(
            {"endpoint": backup.endpoint, "bucket": backup.bucket, "region": backup.region}, sort_keys=True
        ),
    }
    secrets: dict[str, pulumi.Input[str]] = {
        "ACCESS_KEY": pulumi.Output.secret(backup.access_key.get_secret_value()),
        "SECRET_KEY": pulumi.Output.secret(backup.secret_key.get_secret_value()),
        "IDENTITY": pulumi.Output.secret(wanted.identity.get_secret_value()),
        "TOKEN": beginning.token,
    }

    def fill(host: Host, after: Sequence[pulumi.Resource], **known: pulumi.Input[str]) -> Sequence[pulumi.Resource]:
        text = pulumi.Output.all(**always, **known).apply(lambda found: json.dumps(found, sort_keys=True))
        step = StepArgs(host, HERE / "restore.sh", {**values, "SETTINGS": text}, secrets, minutes=120)
        return [Step(name, step, pulumi.ResourceOptions(depends_on=list(after)))]

    return fill
