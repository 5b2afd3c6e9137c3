"""Galera as one of the kinds of datastore."""

from collections.abc import Mapping
from pathlib import Path

import pulumi

from components.datastore.galera import rules
from components.datastore.galera.look import LOOK
from components.datastore.galera.ports import SERVER_PORTS
from components.datastore.galera.settings import GaleraSettings
from components.datastore.galera.step_check import listeners, open_in_step, wrong_in_step
from components.datastore.kind import Datastore, Fill, Kind, Snapshots, fill_nothing
from components.hosts.host import Host, with_role
from components.overlay.facts import OverlayFacts
from components.settings.downloads import Downloads


def create(
    name: str,
    settings: GaleraSettings,
    hosts: Mapping[str, Host],
    overlay: OverlayFacts,
    opts: pulumi.ResourceOptions | None = None,
    *,
    downloads: Downloads,
    fill: Fill = fill_nothing,
) -> Datastore:
    """Galera on the hosts with the role `database`, and on the arbitrator if the settings name one. Its programs are
    packages of the hosts' systems, so `downloads` does not concern it."""
    from components.datastore.galera.galera import Galera, GaleraArgs  # not needed to read settings

    args = GaleraArgs(
        overlay=overlay,
        members=with_role(hosts, "database"),
        clients=with_role(hosts, "server"),
        nodes=with_role(hosts, "server") | with_role(hosts, "agent"),
        arbitrator=hosts[settings.arbitrator] if settings.arbitrator else None,
        databases=settings.databases,
        suspect_seconds=settings.suspect_seconds,
        fill=fill,
    )
    return Galera(name, args, opts)


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
