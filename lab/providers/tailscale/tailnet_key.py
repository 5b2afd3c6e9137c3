"""`tailscale.TailnetKey`: an auth key, with which a device joins the tailnet."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from pulumi.provider.experimental.provider import CheckFailure

from lab.providers.stand_in import ResourceType, Values
from lab.providers.tailscale import hujson
from lab.providers.tailscale.headscale import Headscale

LONGEST = 90 * 24 * 3600
"""The longest lifetime of a key in seconds, which is also the default."""
DESCRIPTION_LENGTH = 50


class TailnetKey(ResourceType):
    """An auth key. Only `recreateIfInvalid` can change in place: what happens when the key is used up or expired."""

    published_as = "tailscale:index/tailnetKey:TailnetKey"
    replaced_by = frozenset({"description", "ephemeral", "expiry", "preauthorized", "reusable", "tags"})
    removable = replaced_by - {"expiry"} | {"recreateIfInvalid"}
    unordered = frozenset({"tags"})
    secret = frozenset({"key"})
    volatile = frozenset({"invalid"})

    def __init__(self, tailnet: Headscale) -> None:
        self._tailnet = tailnet

    def check(self, inputs: Values) -> Iterator[CheckFailure]:
        """Tailscale's limits."""
        expiry, description = inputs.get("expiry"), inputs.get("description")
        if isinstance(expiry, int) and not 1 <= expiry <= LONGEST:
            yield CheckFailure("expiry", f"expiry is {expiry} s: a key lasts 1 to {LONGEST} s (90 days)")
        if isinstance(description, str) and len(description) > DESCRIPTION_LENGTH:
            yield CheckFailure("description", f"description is {len(description)} characters long: 50 are allowed")
        if isinstance(value := inputs.get("recreateIfInvalid", ""), str) and value not in ("", "always", "never"):
            yield CheckFailure("recreateIfInvalid", "recreateIfInvalid is always or never")
        for tag in inputs.get("tags", ()):
            if isinstance(tag, str) and not tag.startswith("tag:"):
                yield CheckFailure("tags", f"{tag} is no tag: those start with tag:")

    def changes(self, state: Values, inputs: Values) -> dict[str, bool]:
        """An invalid key is replaced as `recreateIfInvalid` says. By default, only a reusable key is."""
        found = super().changes(state, inputs)
        wanted = inputs.get("recreateIfInvalid")
        if state.get("invalid") and (wanted == "always" or (wanted != "never" and bool(inputs.get("reusable")))):
            found["invalid"] = True
        return found

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Create a key. Like Tailscale, refuse tags that are not in the current policy."""
        tags = inputs.get("tags", [])
        policy = self._tailnet.policy()
        owned = hujson.parse(policy).get("tagOwners", {}) if policy else {}
        refused = [tag for tag in tags if tag not in owned]
        if refused:
            raise RuntimeError(f"requested tags {', '.join(refused)} are invalid or not permitted: not in tagOwners")
        expiry = inputs.get("expiry", LONGEST)
        expires = datetime.now(UTC) + timedelta(seconds=expiry)
        made = self._tailnet.create_key(tags, bool(inputs.get("reusable")), bool(inputs.get("ephemeral")), expires)
        return made["id"], inputs | {
            "key": made["key"],
            "expiry": expiry,
            "createdAt": to_seconds(made["createdAt"]),
            "expiresAt": to_seconds(made["expiration"]),
            "invalid": False,
            "userId": inputs.get("userId", ""),
        }

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Change `recreateIfInvalid`: nothing else can change in place."""
        kept = {name: value for name, value in state.items() if name not in self.removable}
        return kept | inputs | {"invalid": is_invalid(self._tailnet.key(resource_id))}

    def delete(self, resource_id: str, state: Values) -> None:
        """Revoke the key. Devices that joined with it stay."""
        self._tailnet.delete_key(resource_id)

    def read(self, resource_id: str, state: Values) -> Values | None:
        """Find out whether the key is still valid. A key that is gone is invalid, but stays in the state."""
        return state | {"invalid": is_invalid(self._tailnet.key(resource_id))} if state else None


def is_invalid(key: dict[str, Any] | None) -> bool:
    """Whether a key is invalid: gone, used up or expired."""
    if key is None:
        return True
    expired = datetime.fromisoformat(to_seconds(key["expiration"])) <= datetime.now(UTC)
    return expired or (key["used"] and not key["reusable"])


def to_seconds(moment: str) -> str:
    """A time in RFC 3339, in UTC, in whole seconds."""
    return f"{moment[:19]}Z"
