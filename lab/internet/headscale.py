"""The lab's Headscale: its settings, and the keys that it issues for the operator and the Pulumi provider."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from lab.files import replace
from lab.internet.ca import Identity
from lab.internet.service import Service, ServiceError, command
from lab.internet.sites import sites_folder
from lab.lab import HEADSCALE_ADDRESS, SERVICES, Lab

URL = f"https://{HEADSCALE_ADDRESS}"
HTTPS_PORT = 443
STUN_PORT = 3478
OPERATOR_TAG = "tag:operator"
API_KEY_LIFE = "3650d"
JOIN_KEY_LIFE = "10m"
SECONDS = 20


@dataclass(frozen=True)
class Headscale:
    """One lab's control server: the program, and where its files are."""

    lab: Lab
    program: Path

    @property
    def folder(self) -> Path:
        """Folder with its database, keys and settings."""
        return sites_folder(self.lab) / "headscale"

    @property
    def settings(self) -> Path:
        """The settings file. Both the server and Headscale's command line read it."""
        return self.folder / "config.yaml"

    def service(self, server: Identity) -> Service:
        """Writes the settings, and returns the service to run."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.settings.write_text(yaml.safe_dump(self._settings(server), sort_keys=False))
        return Service(
            name="headscale",
            role=SERVICES,
            command=command(self.program, "--config", self.settings, "serve"),
            listens=((HEADSCALE_ADDRESS, HTTPS_PORT),),
            socket=self.folder / "headscale.sock",
            sources=(self.settings, server.certificate),
        )

    def api_key(self) -> str:
        """The administrator's key for the HTTP API. Creates it once. Raises ServiceError."""
        file = self.folder / "api-key"
        if not file.exists():
            replace(file, str(self._run("apikeys", "create", "--expiration", API_KEY_LIFE)))
        return file.read_text()

    def operator_key(self) -> str:
        """A new auth key for the operator's device. It works once and expires soon. Raises ServiceError."""
        made = self._run("preauthkeys", "create", "--tags", OPERATOR_TAG, "--expiration", JOIN_KEY_LIFE)
        return str(made["key"] if isinstance(made, dict) else made)

    def devices(self, tag: str) -> list[str]:
        """Names of the tailnet's devices with a tag (`tag:cluster`), online or not. Raises ServiceError."""
        listed = self._run("nodes", "list")
        nodes = listed if isinstance(listed, list) else []
        return sorted(str(node["name"]) for node in nodes if tag in (node.get("tags") or []))

    def _run(self, *arguments: str) -> object:
        """Runs a command of Headscale's command line, which talks to the server by its socket. Returns the answer."""
        result = subprocess.run(
            command(self.program, "--config", self.settings, "--output", "json", *arguments),
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if result.returncode != 0:
            said = (result.stderr.strip() or result.stdout.strip()).splitlines() or ["no error message"]
            raise ServiceError(f"headscale: `{' '.join(arguments[:2])}` failed: {said[-1]}")
        return json.loads(result.stdout)

    def _settings(self, server: Identity) -> dict[str, object]:
        return {
            "server_url": f"{URL}:{HTTPS_PORT}",
            "listen_addr": f"{HEADSCALE_ADDRESS}:{HTTPS_PORT}",
            "metrics_listen_addr": "127.0.0.1:9090",
            "grpc_listen_addr": "127.0.0.1:50443",
            "noise": {"private_key_path": str(self.folder / "noise.key")},
            "prefixes": {"v4": "100.64.0.0/10", "v6": "fd7a:115c:a1e0::/48", "allocation": "sequential"},
            "derp": {
                "server": {
                    "enabled": True,
                    "region_id": 999,
                    "region_code": "lab",
                    "region_name": "lab",
                    "stun_listen_addr": f"{HEADSCALE_ADDRESS}:{STUN_PORT}",
                    "private_key_path": str(self.folder / "derp.key"),
                    "automatically_add_embedded_derp_region": True,
                    "ipv4": HEADSCALE_ADDRESS,
                },
                "urls": [],
                "paths": [],
            },
            "database": {"type": "sqlite", "sqlite": {"path": str(self.folder / "database.sqlite")}},
            "tls_cert_path": str(server.certificate),
            "tls_key_path": str(server.key),
            "policy": {"mode": "database"},
            "dns": {
                "magic_dns": True,
                "base_domain": "tailnet.lab.test",
                "override_local_dns": False,
                "nameservers": {"global": []},
            },
            "unix_socket": str(self.folder / "headscale.sock"),
            "unix_socket_permission": "0700",
            "tuning": {"batcher_workers": 1},  # two workers may send a device an old update after a new one
            "log": {"level": "info"},
            "disable_check_updates": True,
        }
