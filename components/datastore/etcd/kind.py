"""etcd as one of the kinds of datastore."""

from pathlib import Path

import pulumi

from components.datastore.etcd import rules
from components.datastore.etcd.look import LOOK
from components.datastore.etcd.ports import MEMBER_PORTS
from components.datastore.etcd.settings import EtcdSettings
from components.datastore.etcd.step_check import listeners, open_in_step, wrong_in_step
from components.datastore.kind import Datastore, DatastoreArgs, Kind, Snapshots
from components.hosts.host import with_role


def create(name: str, args: DatastoreArgs, opts: pulumi.ResourceOptions | None = None) -> Datastore:
    """etcd on the hosts with the role `database`."""
    from components.datastore.etcd.etcd import Etcd, EtcdArgs  # not needed to read settings

    members = with_role(args.hosts, "database")
    return Etcd(name, EtcdArgs(args.settings, args.overlay, members, args.downloads, args.fill), opts)


FOLDER = Path(__file__).parent / "snapshot"
SNAPSHOTS = Snapshots(
    take=(FOLDER / "ask.py", FOLDER / "take.py"),
    taker="ETCD_TAKER",
    load=(FOLDER / "ask.py", FOLDER / "load.py"),
    restorer="ETCD_RESTORER",
    values=lambda _: {},
)

ETCD = Kind(
    settings=EtcdSettings,
    rules=(
        rules.etcd_has_three_or_five_members,
        rules.election_waits_for_ten_heartbeats,
        rules.open_mirror_has_etcds_checksum,
    ),
    create=create,
    ports=MEMBER_PORTS,
    look=LOOK,
    listeners=listeners,
    snapshots=SNAPSHOTS,
    wrong_in_step=wrong_in_step,
    open_in_step=open_in_step,
)
