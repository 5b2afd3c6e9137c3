"""Galera as one of the kinds of datastore."""

from pathlib import Path

import pulumi

from components.datastore.galera import rules
from components.datastore.galera.look import LOOK
from components.datastore.galera.ports import SERVER_PORTS
from components.datastore.galera.settings import GaleraSettings
from components.datastore.galera.step_check import listeners, open_in_step, wrong_in_step
from components.datastore.kind import Datastore, DatastoreArgs, Kind, Snapshots
from components.hosts.host import with_role


def create(name: str, args: DatastoreArgs, opts: pulumi.ResourceOptions | None = None) -> Datastore:
    """Galera on the hosts with the role `database`, and on the arbitrator if the settings name one."""
    from components.datastore.galera.galera import Galera, GaleraArgs  # not needed to read settings

    settings: GaleraSettings = args.settings
    servers = with_role(args.hosts, "server")
    galera = GaleraArgs(
        overlay=args.overlay,
        members=with_role(args.hosts, "database"),
        clients=servers,
        nodes=servers | with_role(args.hosts, "agent"),
        arbitrator=args.hosts[settings.arbitrator] if settings.arbitrator else None,
        databases=settings.databases,
        suspect_seconds=settings.suspect_seconds,
        fill=args.fill,
    )
    return Galera(name, galera, opts)


FOLDER = Path(__file__).parent / "snapshot"
SNAPSHOTS = Snapshots(
    take=(FOLDER / "ask.py", FOLDER / "take.py"),
    taker="GALERA_TAKER",
    load=(FOLDER / "ask.py", FOLDER / "load.py"),
    restorer="GALERA_RESTORER",
    values=lambda settings: {"databases": list(settings.databases)},
)

GALERA = Kind(
    settings=GaleraSettings,
    rules=(rules.galera_outvotes_a_lost_member, rules.arbitrator_is_a_host_without_a_copy),
    create=create,
    ports=SERVER_PORTS,
    look=LOOK,
    snapshots=SNAPSHOTS,
    listeners=listeners,
    wrong_in_step=wrong_in_step,
    open_in_step=open_in_step,
)
