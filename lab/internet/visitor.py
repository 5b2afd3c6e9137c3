"""Somebody on the internet: programs that run in the visitor's network, with its name server and whom it trusts.

Nothing of the machine's own is changed for that: files are put over others in a mount namespace of the program's own.
A browser has its own way: see lab/browser.py.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.files import replace
from lab.internet.sites import sites_folder
from lab.lab import DNS_ADDRESS, VISITOR, Lab
from lab.network import namespace_command, network_exists

FILES = {
    "resolv.conf": f"nameserver {DNS_ADDRESS}\noptions timeout:2 attempts:2\n",
    # Without it, machines with systemd-resolved ask that, which is not in the visitor's network.
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
OVER_THE_MACHINES = (
    'mount --make-rprivate /; for each in "$0"/*; do file=$(readlink -f "/etc/${each##*/}") && [ -e "$file" ] &&'
    ' mount --bind "$each" "$file"; done; exec "$@"'
)
TRUST = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
"""Variables by which OpenSSL, Go, Python, curl, boto3 and Node learn whom to trust."""


class NoVisitorError(Exception):
    """The lab has no visitor (yet): one line with what to do."""


@dataclass(frozen=True)
class Visitor:
    """A lab's visitor, at VISITOR_ADDRESS and VISITOR_ADDRESS_6 of lab.lab."""

    lab: Lab

    @property
    def authority(self) -> Path:
        """Certificate of the public authority that visitors trust, PEM."""
        return sites_folder(self.lab) / "ca.pem"

    def command(self, argv: Sequence[str]) -> list[str]:
        """What runs a command as the visitor; needs `environment` too. Raises NoVisitorError."""
        if not network_exists(self.lab) or not self.authority.exists():
            raise NoVisitorError(f"lab {self.lab.name} is not up: run bin/lab up")
        words = ["unshare", "--mount", "sh", "-ec", OVER_THE_MACHINES, str(self._files()), *argv]
        return namespace_command(self.lab, VISITOR, words)

    def environment(self) -> dict[str, str]:
        """The caller's, without its proxies, and with the public authority as the one to trust."""
        own = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        return own | dict.fromkeys(TRUST, str(self.authority))

    def run(
        self, argv: Sequence[str], *, text: str = "", seconds: float = 60, more: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end, with `text` on its stdin and `more` variables. Its status is not checked.

        Raises NoVisitorError, and subprocess.TimeoutExpired after so many seconds.
        """
        environment = self.environment() | dict(more or {})
        command = self.command(argv)
        return subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=seconds, env=environment, check=False
        )

    def _files(self) -> Path:
        folder = self.lab.root / "visitor"
        folder.mkdir(mode=0o755, exist_ok=True)
        for name, text in FILES.items():
            replace(folder / name, text, mode=0o644)
        return folder
