"""A real Headscale server on this machine's loopback, for tests of what is said to it and what it says."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.lab.providers.programs import program, start, stop
from tests.ports import free_port
from tests.waiting import until


@dataclass(frozen=True)
class Server:
    """Where it is, and an administrator's key."""

    url: str
    api_key: str


@contextmanager
def headscale(folder: Path) -> Iterator[Server]:
    """A server with nothing in it, for as long as the block runs."""
    binary, port = str(program("headscale")), free_port()
    settings, control = folder / "headscale.yaml", folder / "headscale.sock"
    settings.write_text(
        yaml.safe_dump(
            {
                "server_url": f"http://127.0.0.1:{port}",
                "listen_addr": f"127.0.0.1:{port}",
                "metrics_listen_addr": f"127.0.0.1:{free_port()}",
                "grpc_listen_addr": f"127.0.0.1:{free_port()}",
                "noise": {"private_key_path": str(folder / "noise.key")},
                "prefixes": {"v4": "100.64.0.0/10", "v6": "fd7a:115c:a1e0::/48"},
                "derp": {
                    "urls": [],
                    "server": {
                        "enabled": True,
                        "region_id": 999,
                        "region_code": "test",
                        "region_name": "test",
                        "stun_listen_addr": f"127.0.0.1:{free_port()}",
                        "private_key_path": str(folder / "derp.key"),
                        "automatically_add_embedded_derp_region": True,
                        "ipv4": "127.0.0.1",
                    },
                },
                "database": {"type": "sqlite", "sqlite": {"path": str(folder / "headscale.sqlite")}},
                "policy": {"mode": "database"},
                "dns": {"magic_dns": True, "base_domain": "tailnet.test", "override_local_dns": False},
                "unix_socket": str(control),
                "disable_check_updates": True,
            }
        )
    )
    process = start(folder / "headscale.log", binary, "--config", str(settings), "serve")
    try:
        until("headscale listens", control.exists)
        made = subprocess.run(
            [binary, "--config", str(settings), "apikeys", "create"], check=True, capture_output=True, text=True
        )
        yield Server(f"http://127.0.0.1:{port}", made.stdout.splitlines()[-1])
    finally:
        stop(process)
