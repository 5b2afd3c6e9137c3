"""HAProxy's section for the registration address: one port of 127.0.0.1 that stands for all servers."""

from collections.abc import Mapping

from components.cluster.ports import API_PORT, REGISTRATION_PORT


def registration_section(servers: Mapping[str, str]) -> str:
    """The registration address of a node: any healthy server. `servers`: addresses by name.

    The health check does not verify the supervisor's certificate. Nodes verify it: HAProxy passes TLS through.
    It asks the API, not /ping: k3s answers that one seconds before its API is ready. The API answers 401, because
    HAProxy has no credentials.
    """
    return "\n".join(
        (
            "listen registration",
            f"  bind 127.0.0.1:{REGISTRATION_PORT}",
            "  timeout client 24h",
            "  timeout server 24h",
            "  option httpchk GET /version",
            "  http-check expect rstatus ^(200|401)$",
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
