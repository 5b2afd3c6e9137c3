"""Where SSH of a host answers, in the tailnet or outside of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SshLogin:
    """An address for SSH."""

    address: str
    """IP address or DNS name."""
    port: int
