"""What the files on a member say: the settings that MariaDB and Galera need as a k3s datastore, with their reasons."""

from collections.abc import Mapping

CLUSTER = "tailnet-k3s"
# A member that says nothing for 2 s is outvoted: writes go on about 3 s after it died. Between clouds that is four lost
# packets in a row, not one. The other timeouts are Galera's own, but for how often an unanswered join is repeated. With
# an inactive_timeout of 4 s (so an install_timeout of 2 s) a busy computer's members fell apart for 5 and 14 s when one
# came back, twice in 12 times; with these not once in 17.
GROUP_TIMEOUTS = ";".join(
    (
        "evs.keepalive_period=PT0.5S",
        "evs.inactive_check_period=PT0.5S",
        "evs.suspect_timeout=PT2S",
        "evs.inactive_timeout=PT15S",
        "evs.install_timeout=PT7.5S",
        "evs.join_retrans_period=PT0.3S",
    )
)


def member_settings(name: str, address: str) -> str:
    """The part of the settings that mariadbd must be restarted for.

    Traffic between members, and from HAProxy to them, has no TLS of its own: they listen on the tailnet address alone,
    and the tailnet (WireGuard) encrypts it and knows both ends already.
    """
    return f"""\
[galera]
wsrep_on = ON
wsrep_provider = /usr/lib/galera/libgalera_smm.so
wsrep_cluster_name = {CLUSTER}
wsrep_node_name = {name}
wsrep_node_address = {address}
wsrep_provider_options = "{provider_options(address)}"

# A joining member gets a copy from another that goes on. The Unix user mysql logs in by its socket: no password.
wsrep_sst_method = mariabackup
wsrep_sst_auth = mysql:
wsrep_sst_receive_address = {address}:4444

bind_address = {address}
skip_name_resolve = ON
max_connections = 500

binlog_format = ROW
default_storage_engine = InnoDB
# kine's revision is an AUTO_INCREMENT that must have no gaps on account of who writes: one writer, steps of one.
wsrep_auto_increment_control = OFF
auto_increment_increment = 1
auto_increment_offset = 1
innodb_autoinc_lock_mode = 2
# To disk once a second, to the other members at every commit: only if all lose power at once is that second lost.
innodb_flush_log_at_trx_commit = 2
innodb_buffer_pool_size = 128M

[sst]
sockopt = bind={address}
"""


def provider_options(address: str) -> str:
    """Galera's own options: who is heard where, how soon a silent member is outvoted, what survives an outage."""
    return ";".join(
        (
            f"gmcast.listen_addr=tcp://{address}:4567",
            f"ist.recv_addr={address}:4568",
            GROUP_TIMEOUTS,
            # a member that was away for less than this many bytes of writes gets those alone, not a whole copy
            "gcache.size=256M",
            "gcache.recover=yes",
            "pc.recovery=true",
            "pc.wait_prim_timeout=PT1M",
        )
    )


def membership(name: str, members: Mapping[str, str], arbitrator: str | None) -> str:
    """The part that is only read when a member joins: no restart. Addresses by name, and the arbitrator's if any."""
    listening = [*members.values(), *([arbitrator] if arbitrator else [])]
    # Who gives its data is out of service meanwhile: the writer, first of all, is asked last.
    donors = ",".join(donor for donor in reversed(list(members)) if donor != name)
    return f"""\
[galera]
wsrep_cluster_address = gcomm://{",".join(listening)}
wsrep_sst_donor = {donors},
"""


def arbitrator_settings(address: str, members: Mapping[str, str]) -> str:
    """What garbd reads: it votes, and has no data."""
    nodes = " ".join(f"{member}:4567" for member in members.values())
    return f"""\
GALERA_NODES="{nodes}"
GALERA_GROUP="{CLUSTER}"
GALERA_OPTIONS="gmcast.listen_addr=tcp://{address}:4567;{GROUP_TIMEOUTS}"
WORK_DIR="/var/lib/garbd"
"""
