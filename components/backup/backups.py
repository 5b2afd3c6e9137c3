"""Backups of the datastore: a timer on each database host, and the program that it starts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pulumi

from components.backup.program import joined
from components.cluster.k3s import K3s
from components.datastore.kind import Datastore, Snapshots
from components.datastore.registry import DATASTORES
from components.datastore.settings import DatastoreSettings
from components.hosts.host import Host
from components.remote import CleanupStep, Step, StepArgs
from components.settings.backup import Backup

if TYPE_CHECKING:
    from components.settings.load import Settings

HERE = Path(__file__).parent
PARTS = tuple(HERE / "host" / f"{name}.py" for name in ("store", "manifest", "back_up"))
MINUTES = 30
"""Each host looks twice an hour."""


@dataclass(frozen=True)
class BackupsArgs:
    """What is backed up, and where to."""

    settings: Backup
    datastore: DatastoreSettings
    members: Mapping[str, Host]
    """Hosts with a copy of the data, the writer first."""
    token: pulumi.Output[str]
    """The servers' token of k3s; a secret. A restore needs it: it opens the keys that the datastore keeps."""
    k3s: str
    """k3s' version."""
    encrypts: bool = True
    """Whether k3s encrypts Secrets in the datastore."""
    ready: Sequence[pulumi.Resource] = ()
    """The cluster. Before that there is nothing to back up."""


class Backups(pulumi.ComponentResource):
    """A systemd timer on each member. Members take turns, the writer last."""

    def __init__(self, name: str, args: BackupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:backup:Backups", name, None, opts)
        kind = DATASTORES[args.datastore.kind].snapshots
        if kind is None:
            raise ValueError(f"the datastore {args.datastore.kind} has no backups")
        turns = list(reversed([*args.members.values()]))
        for number, host in enumerate(turns):
            minute = number * MINUTES // len(turns)
            step, child = f"{name}-{host.name}", pulumi.ResourceOptions(parent=self)
            leave = CleanupStep(f"{step}-leave", StepArgs(host, HERE / "backup_leave.sh"), [step], child)
            after = pulumi.ResourceOptions(depends_on=[*args.ready, leave])
            Step(step, _step(args, host, kind, minute), pulumi.ResourceOptions.merge(child, after))
        self.register_outputs({})


def create_backups(name: str, settings: "Settings", datastore: Datastore, cluster: K3s) -> None:
    """Backups, if the settings have some. They begin once the cluster runs."""
    if settings.backup is None:
        return
    args = BackupsArgs(
        settings.backup,
        settings.datastore,
        datastore.members,
        token=cluster.token,
        k3s=settings.k3s.version,
        encrypts=cluster.encrypts,
        ready=cluster.ready,
    )
    Backups(name, args)
    pulumi.export("backups", f"{settings.backup.endpoint}/{settings.backup.bucket}/{folder_of(settings.backup)}")
    if is_own_store(settings):
        pulumi.log.warn(
            "backup.endpoint is the object store of this cluster: whoever loses the cluster loses its backups, too, and"
            " a restore can't read them. Have a second bucket elsewhere."
        )


def is_own_store(settings: "Settings") -> bool:
    """Whether the bucket is in the cluster that is backed up."""
    own = f"{settings.storage.host_name}.{settings.edge.domain}"
    return settings.backup is not None and urlsplit(settings.backup.endpoint).hostname == own


def folder_of(settings: Backup) -> str:
    """The folder in the bucket."""
    return settings.folder or pulumi.get_stack()


def _step(args: BackupsArgs, host: Host, kind: Snapshots, minute: int) -> StepArgs:
    settings = args.settings
    known: dict[str, Any] = {
        "prefix": folder_of(settings),
        "recipient": settings.recipient,
        "every_hours": settings.every_hours,
        "keep": settings.keep,
        "kind": args.datastore.kind,
        "host": host.name,
        "k3s": args.k3s,
        "encrypts": args.encrypts,
        **kind.values(args.datastore),
    }
    place = {"endpoint": settings.endpoint, "bucket": settings.bucket, "region": settings.region}
    values: dict[str, pulumi.Input[str]] = {
        "PROGRAM": joined((*PARTS, *kind.take), f"main({kind.taker})").rstrip("\n"),
        "SETTINGS": json.dumps(known, sort_keys=True),
        "PLACE": json.dumps(place, sort_keys=True),
        "RECIPIENT": settings.recipient,
        "MINUTE": f"{minute:02}",
        "OTHER_MINUTE": f"{minute + MINUTES:02}",
    }
    secrets: dict[str, pulumi.Input[str]] = {
        "ACCESS_KEY": pulumi.Output.secret(settings.access_key.get_secret_value()),
        "SECRET_KEY": pulumi.Output.secret(settings.secret_key.get_secret_value()),
        "TOKEN": args.token,
    }
    return StepArgs(host, HERE / "backup.sh", values, secrets)
