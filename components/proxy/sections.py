"""Text of HAProxy's sections. Each has one port of 127.0.0.1 that stands for several servers."""

from collections.abc import Mapping, Sequence

WRITER_PORT = 3306
HEALTH_PORT = 9200
REGISTRATION_PORT = 16443
API_PORT = 6443
PODS_CONNECTIONS = 100
"""Of a node, at the same time. A member of Galera takes 500."""


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


def registration_section(servers: Mapping[str, str]) -> str:
    """The registration address of a node: any healthy server. `servers`: addresses by name.

    The health check does not verify the supervisor's certificate. Nodes verify it: HAProxy passes TLS through.
    """
    return "\n".join(
        (
            "listen registration",
            f"  bind 127.0.0.1:{REGISTRATION_PORT}",
            "  timeout client 24h",
            "  timeout server 24h",
            "  option httpchk GET /ping",
            "  http-check expect status 200",
            "  timeout check 3s",
            # A server that stops refuses connections at once, seconds before its health check fails.
            "  option redispatch 1",
            # The kernel ends sessions of a lost server: at once if its program ends, 6 s after a packet that nobody
            # confirms. A server that is busy, or refuses new sessions before it stops, still answers those that it has.
            "  default-server check-ssl verify none inter 2s fastinter 500ms fall 2 rise 1 tcp-ut 6s",
            *(f"  server {name} {address}:{API_PORT} check" for name, address in servers.items()),
            "",
        )
    )
