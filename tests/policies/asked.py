"""A policy's rule, asked about one resource as Pulumi shows it to the rule."""

from typing import Any

from pulumi_policy import ResourceValidationPolicy

from policies.rules import violations


def ask(rule: ResourceValidationPolicy, kind: str, **props: Any) -> list[str]:
    """What the rule reports of a resource `thing` of this type with these inputs."""
    return violations(rule, kind, "thing", props)
