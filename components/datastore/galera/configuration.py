"""Configuration files of a member: the settings of MariaDB and Galera for a k3s datastore, with their reasons."""

from collections.abc import Mapping

CLUSTER = "tailnet-k3s"
TLS_FOLDER = "/etc/galera-tls"
CERTIFICATES = ";".join(
    (
        "socket.ssl=yes",
        f"socket.ssl_ca={TLS_FOLDER}/authority.pem",
        f"socket.ssl_cert={TLS_FOLDER}/certificate.pem",
        f"socket.ssl_key={TLS_FOLDER}/key.pem",
    )
)
"""Galera then takes only connections of voters with a certificate that the authority has signed (group.sh)."""


def group_timeouts(suspect_seconds: int) -> str:
    """Timeouts after which the others exclude a silent member. With 2 s, writes continue about 3 s after its death.

    Members send a packet every 0.5 s, so 2 s are four lost packets in a row. The other timeouts are Galera's defaults,
    except the interval at which an unanswered join is repeated. Measured on a busy computer when a member came back:
    with an inactive_timeout of 4 s (so an install_timeout of 2 s) the cluster split for 5 and 14 s, twice in 12 times.
    With these values it did not split in 17 times.
    """
    return ";".join(
        (
            "evs.keepalive_period=PT0.5S",
            "evs.inactive_check_period=PT0.5S",
            f"evs.suspect_timeout=PT{suspect_seconds}S",
            "evs.inactive_timeout=PT15S",
            "evs.install_timeout=PT7.5S",
            "evs.join_retrans_period=PT0.3S",
        )
    )


def member_settings(name: str, suspect_seconds: int, address: str) -> str:
    """The file whose changes need a restart of mariadbd.

    Traffic from HAProxy has no TLS of its own: members listen on the tailnet address alone, and the tailnet (WireGuard)
    encrypts it and knows both ends already. Members know each other by certificates, too. For the tailnet knows hosts,
    not who is at work on them.
    """
    return f"""\
[galera]
wsrep_on = ON
wsrep_provider = /usr/lib/galera/libgalera_smm.so
wsrep_cluster_name = {CLUSTER}
wsrep_node_name = {name}
wsrep_node_address = {address}
wsrep_provider_options = "{provider_options(address, suspect_seconds)}"

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


def provider_options(address: str, suspect_seconds: int) -> str:
    """Galera's provider options: addresses, timeouts, and recovery after an outage."""
    return ";".join(
        (
            f"gmcast.listen_addr=tcp://{address}:4567",
            f"ist.recv_addr={address}:4568",
            CERTIFICATES,
            group_timeouts(suspect_seconds),
            # a member that missed less than this gets only the missed writes, not a whole copy
            "gcache.size=256M",
            "gcache.recover=yes",
            "pc.recovery=true",
            "pc.wait_prim_timeout=PT1M",
        )
    )


def membership(name: str, members: Mapping[str, str], arbitrator: str | None) -> str:
    """The file that mariadbd reads only when it joins, so changes need no restart. Addresses by name."""
    listening = [*members.values(), *([arbitrator] if arbitrator else [])]
    # A donor is out of service while it sends data. So the writer, which is the first member, is the last choice.
    donors = ",".join(donor for donor in reversed(list(members)) if donor != name)
    return f"""\
[galera]
wsrep_cluster_address = gcomm://{",".join(listening)}
wsrep_sst_donor = {donors},
"""


def arbitrator_settings(suspect_seconds: int, address: str, members: Mapping[str, str]) -> str:
    """Configuration of garbd, the arbitrator."""
    nodes = " ".join(f"{member}:4567" for member in members.values())
    return f"""\
GALERA_NODES="{nodes}"
GALERA_GROUP="{CLUSTER}"
GALERA_OPTIONS="gmcast.listen_addr=tcp://{address}:4567;{CERTIFICATES};{group_timeouts(suspect_seconds)}"
WORK_DIR="/var/lib/garbd"
"""
