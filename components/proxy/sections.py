"""The text of HAProxy's sections, each one address of 127.0.0.1 that stands for several servers."""

from collections.abc import Mapping

WRITER_PORT = 3306
HEALTH_PORT = 9200
REGISTRATION_PORT = 16443
API_PORT = 6443


def writer_section(members: Mapping[str, str]) -> str:
    """All sessions go to the first member that is well, in the same order on every host: so there is one writer.

    A member that is down loses its sessions at once, or they would go on with a writer of the past; when a member comes
    back that stands before the one in use, that one's sessions are ended (the last stands before none). `members`:
    addresses by name.
    """
    lines = []
    last = len(members) - 1
    for place, (name, address) in enumerate(members.items()):
        backup = " backup" if place > 0 else ""
        takes_over = " on-marked-up shutdown-backup-sessions" if place < last else ""
        lines.append(f"  server {name} {address}:{WRITER_PORT} check{backup}{takes_over}")
    return "\n".join(
        (
            "listen writer",
            f"  bind 127.0.0.1:{WRITER_PORT}",
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
    """Where a node joins: any server that is well. `servers`: addresses by name.

    The check asks the supervisor without looking at its certificate. Nodes do look at it: TLS goes through untouched.
    """
    return "\n".join(
        (
            "listen registration",
            f"  bind 127.0.0.1:{REGISTRATION_PORT}",
            "  timeout client 24h",
            "  timeout server 24h",
            "  option httpchk GET /ping",
            "  http-check expect status 200",
            "  default-server check-ssl verify none inter 2s fastinter 500ms fall 2 rise 1"
            " on-marked-down shutdown-sessions",
            *(f"  server {name} {address}:{API_PORT} check" for name, address in servers.items()),
            "",
        )
    )
