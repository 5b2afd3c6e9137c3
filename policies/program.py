"""Makes the program itself check each resource against the rules, before Pulumi changes it.

`pulumi up --policy-pack policies` runs the same rules. This protects a run without that flag.
"""

import pulumi
from pulumi.runtime import register_resource_transform

from components.sdk import known_inputs
from policies.rules import RULES, violations
from policies.sdk import UNKNOWN


class RuleBrokenError(Exception):
    """A resource would break the cluster: one line for each reason."""


def enforce_rules() -> None:
    """From now on, a resource that breaks a rule ends the preview or the update with a RuleBrokenError."""
    register_resource_transform(_refuse)


async def _refuse(args: pulumi.ResourceTransformArgs) -> None:
    props = await known_inputs(dict(args.props), UNKNOWN)
    if found := [message for rule in RULES for message in violations(rule, args.type_, args.name, props)]:
        raise RuleBrokenError("\n".join(found))
