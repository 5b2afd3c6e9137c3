"""Makes the program itself check each resource against the rules, before Pulumi changes it.

`pulumi up --policy-pack policies` runs the same rules. This protects a run without that flag.
"""

import pulumi
from pulumi.runtime import register_resource_transform

from components.sdk import known_inputs, urn_of
from policies.rules import RULES, violations
from policies.sdk import UNKNOWN, marked


class RuleBrokenError(Exception):
    """A resource would break the cluster: one line for each reason."""


def enforce_rules() -> None:
    """From now on, a resource that breaks a rule ends the preview or the update with a RuleBrokenError."""
    register_resource_transform(_refuse)


async def _refuse(args: pulumi.ResourceTransformArgs) -> None:
    props = await known_inputs(dict(args.props), UNKNOWN, marked)
    parents, protect = await _types_of(args.opts.parent), bool(args.opts.protect)
    asked = (violations(rule, args.type_, args.name, props, parents=parents, protect=protect) for rule in RULES)
    if found := [message for messages in asked for message in messages]:
        raise RuleBrokenError("\n".join(found))


async def _types_of(parent: pulumi.Resource | None) -> str:
    """The type tokens of a resource and of its parents, with `$` between. Empty: there is none."""
    return "" if parent is None else (await urn_of(parent)).split("::")[2]
