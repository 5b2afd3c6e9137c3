"""What the look at a host, and at the stack's state, means for what is done on the host now."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.hosts.ssh_login import SshLogin


@dataclass(frozen=True)
class Seen:
    """One host. The look (components/look) makes it before anything else."""

    because: Mapping[str, str] = field(default_factory=dict)
    """By step: why it runs again, although its settings are as before."""
    done: frozenset[str] = frozenset()
    """Names of this host's steps that are in the stack's state, of this machine or of an earlier one."""
    encrypts: bool = False
    """Whether it, or an earlier machine of this name, is a k3s server of a cluster that encrypts Secrets."""
    silent: bool = False
    """Whether it does not answer, while others do. Its steps can't run."""
    generation: int = 0
    """How many machines of this name there were before this one. With another number everything that belongs to one
    machine is made anew: its device in the tailnet, the key that it joins with, and a machine of a cloud itself."""
    is_new: bool = False
    """Whether this `up` makes another machine than the one of the state."""
    has_own_key: bool = False
    """Whether the state has the command that gave it, or an earlier machine, an SSH host key of its own."""
    joined_as: str = ""
    """Name of the device as which the machine in the state has joined the tailnet. Empty: it has not, or who knows."""
    way: SshLogin | None = None
    """How to reach a machine that was there before the program, for what its owner's user does there: in the tailnet.
    None: as the settings say."""


UNSEEN = Seen()
