"""The owner's own computer in the lab: a device of the tailnet. The engine, ssh and kubectl run from it."""

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab.internet.headscale import URL
from lab.internet.service import Service, ServiceError, command, service_log
from lab.lab import OPERATOR, Lab

JOIN_SECONDS = 60
NAME = "operator"
# tailscaled manages /etc/resolv.conf. It must not touch the machine's file, so it gets a file of its own there.
OWN_RESOLVER = 'mount --make-rprivate / && mount --bind "$0" /etc/resolv.conf && exec "$@"'


@dataclass(frozen=True)
class OperatorDevice:
    """One lab's operator. `tailscaled`: the program to run. Its state is in a folder of the lab."""

    lab: Lab
    tailscaled: Path

    @property
    def folder(self) -> Path:
        """Folder with the device's keys and socket, and two links to the program: one program is daemon and client."""
        return self.lab.root / "operator"

    @property
    def socket(self) -> Path:
        """The socket by which `tailscale` talks to the daemon."""
        return self.folder / "tailscaled.sock"

    def service(self, authority: Path) -> Service:
        """The service to run. It trusts only the lab's authority."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        resolver = self.folder / "resolv.conf"
        resolver.touch()
        for name in ("tailscaled", "tailscale"):
            link = self.folder / name
            if not link.is_symlink() or link.readlink() != self.tailscaled:
                link.unlink(missing_ok=True)
                link.symlink_to(self.tailscaled)
        daemon = (
            *(self.folder / "tailscaled", "--tun=tailscale0", "--no-logs-no-support"),
            *(f"--statedir={self.folder}", f"--socket={self.socket}"),
        )
        return Service(
            name="tailscaled",
            role=OPERATOR,
            command=command("unshare", "--mount", "sh", "-ec", OWN_RESOLVER, resolver, *daemon),
            environment={"SSL_CERT_FILE": str(authority), "TS_NO_LOGS_NO_SUPPORT": "true"},
            socket=self.socket,
            sources=(authority,),
        )

    def join(self, new_key: Callable[[], str]) -> bool:
        """Join the tailnet with a key from `new_key`, unless it is a member already. Returns whether it had to join.

        Raises ServiceError.
        """
        if self.state() == "Running":
            return False
        key = self.folder / "join-key"
        key.touch(mode=0o600)
        key.write_text(new_key())
        try:
            self._tailscale(
                *("up", f"--login-server={URL}", f"--auth-key=file:{key}", f"--hostname={NAME}"),
                *("--accept-dns=false", "--accept-routes=false", f"--timeout={JOIN_SECONDS}s"),
            )
        finally:
            key.unlink()
        deadline = time.monotonic() + JOIN_SECONDS
        while (state := self.state()) != "Running":
            if time.monotonic() > deadline:
                log = service_log(self.lab, "tailscaled")
                raise ServiceError(f"operator: not in the tailnet after {JOIN_SECONDS} s: {state} (log: {log})")
            time.sleep(0.2)
        return True

    def state(self) -> str:
        """tailscaled's own state: `Running` once it is in the tailnet."""
        try:
            return str(json.loads(self._tailscale("status", "--json"))["BackendState"])
        except ServiceError:
            return "NoState"

    def _tailscale(self, *arguments: str) -> str:
        result = subprocess.run(
            command(self.folder / "tailscale", f"--socket={self.socket}", *arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=JOIN_SECONDS + 10,
            check=False,
        )
        if result.returncode != 0:
            said = (result.stderr.strip() or result.stdout.strip()).splitlines() or ["no error message"]
            raise ServiceError(
                f"operator: `tailscale {arguments[0]}` failed: {said[-1]} (log: {service_log(self.lab, 'tailscaled')})"
            )
        return result.stdout
