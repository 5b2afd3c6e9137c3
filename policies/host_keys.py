"""Every command and every file that goes to a host goes to a host that shows its pinned key.

Without `hostKey`, Pulumi's command provider ignores the key: whoever answers at the address gets the secrets.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.rule import mandatory
from policies.sdk import UnknownValueError

REMOTE = "command:remote:"


def without_host_key(kind: str, props: Mapping[str, Any]) -> Iterator[str]:
    """Each connection of a resource that pins no host key: `connection`, `connection.proxy`. `kind` is its type token.

    A key that a preview does not know yet counts as pinned. Pulumi asks the rule again during the update.
    """
    if not kind.startswith(REMOTE):
        return
    connection = _at(props, "connection")
    for place, login in (("connection", connection), ("connection.proxy", _at(connection, "proxy"))):
        if isinstance(login, Mapping) and _is_empty(login):
            yield place


def _at(value: Any, key: str) -> Any:
    """The value at a key. None: it is not there, or not known yet."""
    try:
        return value.get(key) if isinstance(value, Mapping) else None
    except UnknownValueError:
        return None


def _is_empty(login: Mapping[str, Any]) -> bool:
    try:
        key = login.get("hostKey")
    except UnknownValueError:
        return False
    return not isinstance(key, str) or not key.strip()


def _reasons(kind: str, props: Mapping[str, Any]) -> Iterator[str]:
    for place in without_host_key(kind, props):
        yield (
            f"{place} pins no host key, so whoever answers at that address gets the command and its secrets. Set"
            f" {place}.hostKey to the public key in the host's own /etc/ssh/ssh_host_ed25519_key.pub."
        )


every_connection_pins_a_host_key = mandatory(
    "every-connection-pins-a-host-key", "Every connection to a host pins the host's key.", _reasons
)
