"""etcd as one of the kinds of datastore."""

from collections.abc import Mapping

import pulumi

from components.datastore.etcd import rules
from components.datastore.etcd.look import LOOK
from components.datastore.etcd.ports import MEMBER_PORTS
from components.datastore.etcd.settings import EtcdSettings
from components.datastore.etcd.step_check import listeners, open_in_step, wrong_in_step
from components.datastore.kind import Datastore, Fill, Kind, fill_nothing
from components.hosts.host import Host, with_role
from components.overlay.facts import OverlayFacts
from components.settings.downloads import Downloads


def create(
    name: str,
    settings: EtcdSettings,
    hosts: Mapping[str, Host],
    overlay: OverlayFacts,
    opts: pulumi.ResourceOptions | None = None,
    *,
    downloads: Downloads,
    fill: Fill = fill_nothing,
) -> Datastore:
    """etcd on the hosts with the role `database`."""
    from components.datastore.etcd.etcd import Etcd, EtcdArgs  # not needed to read settings

    return Etcd(name, EtcdArgs(settings, overlay, with_role(hosts, "database"), downloads, fill), opts)


ETCD = Kind(
    settings=EtcdSettings,
    rules=(
        rules.etcd_has_three_or_five_members,
        rules.election_waits_for_ten_heartbeats,
        rules.etcd_has_no_backups_yet,
        rules.open_mirror_has_etcds_checksum,
    ),
    create=create,
    ports=MEMBER_PORTS,
    look=LOOK,
    listeners=listeners,
    wrong_in_step=wrong_in_step,
    open_in_step=open_in_step,
)
