"""What the cluster needs to know of its datastore, whatever kind it is."""

from dataclasses import dataclass

import pulumi


@dataclass(frozen=True)
class Endpoint:
    """How a k3s server reaches the datastore from its own host."""

    url: pulumi.Output[str]
    """k3s's `datastore-endpoint`; a secret, for the password is in it."""
    ready: tuple[pulumi.Resource, ...]
    """What must be there before the first server can use it."""
