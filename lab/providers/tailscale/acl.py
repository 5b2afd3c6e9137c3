"""`tailscale.Acl`: the policy of a tailnet. Each tailnet has exactly one."""

import json
import uuid
from collections.abc import Callable, Iterator

from pulumi.provider.experimental.provider import CheckFailure

from lab.providers.stand_in import ResourceType, Values
from lab.providers.tailscale import hujson
from lab.providers.tailscale.headscale import Headscale
from lab.providers.tailscale.policy import for_headscale, problems, same_policy

NEW = """\
// What a new tailnet has.
{
  "grants": [{"src": ["*"], "dst": ["*"], "ip": ["*"]}],
  "ssh": [{
    "action": "check", "src": ["autogroup:member"], "dst": ["autogroup:self"], "users": ["autogroup:nonroot", "root"],
  }],
}
"""
"""The default policy: every device reaches every other. Headscale without a policy does the same."""


def acl_functions(tailnet: Headscale) -> dict[str, Callable[[Values], Values]]:
    """Functions by token."""

    def get_acl(arguments: Values) -> Values:
        text = tailnet.policy() or NEW
        return {"id": str(uuid.uuid4()), "hujson": text, "json": json.dumps(hujson.parse(text), separators=(",", ":"))}

    return {"tailscale:index/getAcl:getAcl": get_acl}


class Acl(ResourceType):
    """The policy. Create refuses to overwrite an existing policy, unless `overwriteExistingContent` is set."""

    published_as = "tailscale:index/acl:Acl"

    def __init__(self, tailnet: Headscale) -> None:
        self._tailnet = tailnet

    def check(self, inputs: Values) -> Iterator[CheckFailure]:
        """Refuse a policy that Tailscale would refuse. The published provider asks Tailscale in a preview, too."""
        if isinstance(inputs["acl"], str):
            for problem in problems(inputs["acl"]):
                yield CheckFailure("acl", problem)

    def defaults(self, inputs: Values) -> Values:
        """By default, nothing is overwritten or reset."""
        return {"overwriteExistingContent": False, "resetAclOnDestroy": False}

    def changes(self, state: Values, inputs: Values) -> dict[str, bool]:
        """No change replaces a policy. White space, comments and the order of fields are no changes."""
        found = super().changes(state, inputs)
        if isinstance(inputs["acl"], str) and same_policy(state.get("acl", ""), inputs["acl"]):
            found.pop("acl", None)
        return found

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Set the policy of a new tailnet. Like Tailscale, refuse if there is a policy, even one of this stack."""
        if self._tailnet.policy() and not inputs["overwriteExistingContent"]:
            raise RuntimeError(
                "the tailnet has a policy already: import it (`pulumi import tailscale:index/acl:Acl NAME acl`), or set"
                " overwriteExistingContent (412)"
            )
        self._set(inputs["acl"])
        return str(uuid.uuid4()), inputs

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Set the policy."""
        self._set(inputs["acl"])
        return inputs

    def delete(self, resource_id: str, state: Values) -> None:
        """Keep the policy, or reset it to the default, as `resetAclOnDestroy` says."""
        if state.get("resetAclOnDestroy"):
            self._tailnet.set_policy("")

    def read(self, resource_id: str, state: Values) -> Values | None:
        """The current policy. Returns the given text if the server's policy means the same, else the server's text."""
        present = self._tailnet.policy()
        given = state.get("acl", "")
        unset = {"overwriteExistingContent": False, "resetAclOnDestroy": False}
        return unset | state | {"acl": given if given and in_force(present, given) else present}

    def _set(self, text: str) -> None:
        self._tailnet.set_policy(json.dumps(for_headscale(text), sort_keys=True))


def in_force(present: str, text: str) -> bool:
    """Whether the server's policy means the same as a text."""
    return bool(present) and same_policy(present, json.dumps(for_headscale(text)))
