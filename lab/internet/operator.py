"""The owner's own computer in the lab: a device of the tailnet, from which the engine, ssh and kubectl work."""

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
# tailscaled looks after its computer's name servers. This one is only the lab's: it gets a file of its own to look at.
OWN_RESOLVER = 'mount --make-rprivate / && mount --bind "$0" /etc/resolv.conf && exec "$@"'


@dataclass(frozen=True)
class OperatorDevice:
    """One lab's operator: tailscaled as the program `tailscaled`, and its state in a folder of the lab."""

    lab: Lab
    tailscaled: Path

    @property
    def folder(self) -> Path:
        """Keys and socket of the device, and the names by which its program is both daemon and client."""
        return self.lab.root / "operator"

    @property
    def socket(self) -> Path:
        """Where `tailscale` finds its daemon."""
        return self.folder / "tailscaled.sock"

    def service(self, authority: Path) -> Service:
        """What to run. It trusts the lab's authority alone."""
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
        """Join the tailnet with a key of `new_key` unless it is in it; whether it had to. Raises ServiceError."""
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
                raise ServiceError(f"operator: not in the tailnet after {JOIN_SECONDS} s but {state} (log: {log})")
            time.sleep(0.2)
        return True

    def state(self) -> str:
        """What tailscaled says of itself: `Running` once it is in the tailnet."""
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
            said = (result.stderr.strip() or result.stdout.strip()).splitlines() or ["without a word"]
            raise ServiceError(
                f"operator: `tailscale {arguments[0]}` failed: {said[-1]} (log: {service_log(self.lab, 'tailscaled')})"
            )
        return result.stdout
