"""HAProxy's sections that lead to the writer: for k3s at 127.0.0.1, for pods at their host's overlay address."""

from collections.abc import Mapping, Sequence

from components.datastore.galera.ports import HEALTH_PORT, WRITER_PORT

PODS_CONNECTIONS = 100
"""Of a node, at the same time. A member takes 500."""


def writer_section(members: Mapping[str, str]) -> str:
    """All sessions go to the first healthy member. The order is the same on every host, so there is one writer.

    When a member is down, HAProxy closes its sessions at once: none may continue with a former writer. When a member
    with a higher rank comes back, HAProxy closes the sessions of the one in use. `members`: addresses by name.
    """
    return _to_writer(members, "writer", f"127.0.0.1:{WRITER_PORT}", ())


def databases_section(port: int, address: str, members: Mapping[str, str]) -> str:
    """The same way for pods, to their own databases, at the address of their host in the tailnet. HAProxy may start
    before the host has this address. `members`: addresses by name."""
    # Pods can't take all connections of a member: k3s needs some.
    return _to_writer(members, "databases", f"{address}:{port} transparent", (f"  maxconn {PODS_CONNECTIONS}",))


def _to_writer(members: Mapping[str, str], section: str, bind: str, options: Sequence[str]) -> str:
    lines = []
    last = len(members) - 1
    for place, (name, address) in enumerate(members.items()):
        backup = " backup" if place > 0 else ""
        takes_over = " on-marked-up shutdown-backup-sessions" if place < last else ""
        lines.append(f"  server {name} {address}:{WRITER_PORT} check{backup}{takes_over}")
    return "\n".join(
        (
            f"listen {section}",
            f"  bind {bind}",
            *options,
            "  timeout client 24h",
            "  timeout server 24h",
            "  option httpchk GET /",
            "  http-check expect status 200",
            f"  default-server port {HEALTH_PORT} inter 1s fastinter 300ms downinter 1s fall 2 rise 2"
            " on-marked-down shutdown-sessions",
            *lines,
            "",
        )
    )
