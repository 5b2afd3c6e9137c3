"""The first SSH connection to a new machine pins the key in its user data, and brings a key that user data never had.

User data can be read after the join, too: in the cloud's console, and on the machine at the cloud's metadata address.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pulumi
import pulumi_tls as tls

from components.hosts.host import Host
from components.look.ask import shown_key
from components.look.state import Login
from components.overlay.overlay import Place
from components.remote import HostKeyStep

PATIENCE_SECONDS, PAUSE_SECONDS = 60, 1


@dataclass(frozen=True)
class HostKeys:
    """The two SSH host keys of a new machine, ED25519."""

    first: tls.PrivateKey
    """In its user data, for one connection. Another machine of this name gets another one."""
    own: tls.PrivateKey
    """Pinned by all other connections. Machines of older versions of this program have it in their user data."""

    @property
    def pinned(self) -> pulumi.Output[str]:
        """The public half of its own key, as in known_hosts."""
        return self.own.public_key_openssh.apply(str.strip)


def host_keys(name: str, place: Place, children: pulumi.ResourceOptions) -> HostKeys:
    """Makes the keys of the host with that name."""
    of_one_machine = pulumi.ResourceOptions.merge(children, pulumi.ResourceOptions(replacement_trigger=place.device))
    return HostKeys(
        first=tls.PrivateKey(f"{name}-first", algorithm="ED25519", opts=of_one_machine),
        own=tls.PrivateKey(name, algorithm="ED25519", opts=children),
    )


def with_own_key(host: Host, keys: HostKeys, parent: pulumi.Resource) -> Host:
    """The host with its own key. `host.connection` pins that key already."""
    seen = host.seen
    if seen.silent and not seen.has_own_key:
        return host  # an older version of this program made the machine, so it has its own key
    address, device = host.connection.address, host.device
    known = pulumi.Output.all(address, device, keys.first.public_key_openssh, keys.own.public_key_openssh)
    shown: pulumi.Output[str] = known.apply(lambda values: _pinned_now(*values, joined_as=seen.joined_as))
    before = replace(host, connection=replace(host.connection, host_key=shown))
    step = HostKeyStep(
        before, keys.own.private_key_openssh, pulumi.ResourceOptions(parent=parent), is_done=seen.has_own_key
    )
    return replace(host, ready=(*host.ready, step))


async def _pinned_now(address: str, device: str, first: str, own: str, *, joined_as: str) -> str:
    """The key that the machine shows now.

    It is the first one of a new machine. After an `up` that was killed between the change of the key and its note in
    the state, it is the machine's own one.
    """
    if device == joined_as:
        return own.strip()
    if pulumi.runtime.is_dry_run():
        return first.strip()
    return await asyncio.to_thread(_shown, address, [first.strip(), own.strip()])


def _shown(address: str, candidates: Sequence[str]) -> str:
    """The candidate that the machine shows. If it shows none of them, the first one: the step says what is wrong."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        key = shown_key(Login(address, 22, user="", private_key="", host_key=""))
        for candidate in candidates:
            if key and candidate.split()[:2] == [key.get_name(), key.get_base64()]:
                return candidate
        time.sleep(PAUSE_SECONDS)
    return candidates[0]
