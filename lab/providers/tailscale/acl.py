"""`tailscale.Acl`: the policy of a tailnet, of which there is exactly one."""

import json
import uuid
from collections.abc import Iterator

from pulumi.provider.experimental.provider import CheckFailure

from lab.providers.stand_in import ResourceType, Values
from lab.providers.tailscale.headscale import Headscale
from lab.providers.tailscale.policy import for_headscale, problems, same_policy


class Acl(ResourceType):
    """The policy. A create that would overwrite a policy of somebody else is refused, unless it is told to."""

    published_as = "tailscale:index/acl:Acl"

    def __init__(self, tailnet: Headscale) -> None:
        self._tailnet = tailnet

    def check(self, inputs: Values) -> Iterator[CheckFailure]:
        """Refuse a policy that Tailscale would refuse; the published provider asks it in a preview too."""
        if isinstance(inputs["acl"], str):
            for problem in problems(inputs["acl"]):
                yield CheckFailure("acl", problem)

    def defaults(self, inputs: Values) -> Values:
        """Nothing is overwritten or reset that is not said to be."""
        return {"overwriteExistingContent": False, "resetAclOnDestroy": False}

    def changes(self, state: Values, inputs: Values) -> dict[str, bool]:
        """Nothing replaces a policy; blanks, comments and the order of fields are no change."""
        found = super().changes(state, inputs)
        if isinstance(inputs["acl"], str) and same_policy(state.get("acl", ""), inputs["acl"]):
            found.pop("acl", None)
        return found

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Set the policy of a tailnet that has none yet."""
        present = self._tailnet.policy()
        if present and not inputs["overwriteExistingContent"] and not in_force(present, inputs["acl"]):
            raise RuntimeError(
                "the tailnet has a policy already, which is not this stack's: import it (`pulumi import"
                " tailscale:index/acl:Acl NAME acl`), or set overwriteExistingContent (412)"
            )
        self._set(inputs["acl"])
        return str(uuid.uuid4()), inputs

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Set the policy."""
        self._set(inputs["acl"])
        return inputs

    def delete(self, resource_id: str, state: Values) -> None:
        """Leave the policy as it is, or reset it to everyone reaching everyone, as the inputs said."""
        if state.get("resetAclOnDestroy"):
            self._tailnet.set_policy("")

    def read(self, resource_id: str, state: Values) -> Values | None:
        """The policy in force: the text that was given while it means that, else the server's."""
        present = self._tailnet.policy()
        given = state.get("acl", "")
        unset = {"overwriteExistingContent": False, "resetAclOnDestroy": False}
        return unset | state | {"acl": given if given and in_force(present, given) else present}

    def _set(self, text: str) -> None:
        self._tailnet.set_policy(json.dumps(for_headscale(text), sort_keys=True))


def in_force(present: str, text: str) -> bool:
    """Whether the server's policy is what a text comes to."""
    return bool(present) and same_policy(present, json.dumps(for_headscale(text)))
