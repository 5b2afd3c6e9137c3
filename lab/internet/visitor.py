"""A visitor on the internet: runs programs in the visitor's network, with its name server and its trusted authority.

It changes nothing on the machine: the program gets its own mount namespace, with other files mounted in /etc.
A browser works differently: see lab/browser.py.
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
    # Without this, programs on machines with systemd-resolved ask it, and it is not in the visitor's network.
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
MOUNT_FILES = (
    'mount --make-rprivate /; for each in "$0"/*; do file=$(readlink -f "/etc/${each##*/}") && [ -e "$file" ] &&'
    ' mount --bind "$each" "$file"; done; exec "$@"'
)
TRUST = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
"""Variables that tell OpenSSL, Go, Python, curl, boto3 and Node which authorities to trust."""


class NoVisitorError(Exception):
    """The lab has no visitor (yet). The message is one line that says what to do."""


@dataclass(frozen=True)
class Visitor:
    """A lab's visitor. Its addresses are VISITOR_ADDRESS and VISITOR_ADDRESS_6 in lab.lab."""

    lab: Lab

    @property
    def authority(self) -> Path:
        """The certificate of the public authority that visitors trust, PEM."""
        return sites_folder(self.lab) / "ca.pem"

    def command(self, argv: Sequence[str]) -> list[str]:
        """A command that runs `argv` as the visitor. Run it with `environment`. Raises NoVisitorError."""
        if not network_exists(self.lab) or not self.authority.exists():
            raise NoVisitorError(f"lab {self.lab.name} is not up: run bin/lab up")
        words = ["unshare", "--mount", "sh", "-ec", MOUNT_FILES, str(self._files()), *argv]
        return namespace_command(self.lab, VISITOR, words)

    def environment(self) -> dict[str, str]:
        """The caller's environment, without its proxies. It trusts the public authority only."""
        own = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        return own | dict.fromkeys(TRUST, str(self.authority))

    def run(
        self, argv: Sequence[str], *, text: str = "", seconds: float = 60, more: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end, with `text` on its stdin and `more` variables. Does not check its exit status.

        Raises NoVisitorError. Raises subprocess.TimeoutExpired after `seconds`.
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
