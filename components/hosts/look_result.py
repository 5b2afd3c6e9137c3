"""The result of the look at one host and at the stack's state: what steps on the host need to know."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.hosts.ssh_login import SshLogin


@dataclass(frozen=True)
class LookResult:
    """One host. The look (components/look) makes it before anything else."""

    rerun_reasons: Mapping[str, str] = field(default_factory=dict)
    """By step: why it runs again, although its settings are as before."""
    done: frozenset[str] = frozenset()
    """Names of this host's steps that are in the stack's state, of this machine or of an earlier one."""
    encrypts: bool = False
    """Whether it, or an earlier machine of this name, is a k3s server of a cluster that encrypts Secrets."""
    silent: bool = False
    """Whether it does not answer, while others do. Its steps can't run."""
    generation: int = 0
    """How many machines of this name there were before this one. A new number replaces everything that belongs to one
    machine: its device in the tailnet, the key that it joins with, and the machine itself if a cloud provides it."""
    is_new: bool = False
    """Whether this `up` replaces the machine that the state knows."""
    has_own_key: bool = False
    """Whether the state has the command that gave it, or an earlier machine, an SSH host key of its own."""
    joined_as: str = ""
    """Name of the tailnet device of the machine in the state. Empty: it has not joined, or the name is unknown."""
    way: SshLogin | None = None
    """For existing machines: where SSH answers the owner's user, in the tailnet. None: at the address in the
    settings."""


NOT_LOOKED_AT = LookResult()
