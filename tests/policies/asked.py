"""A policy's rule, asked about one resource as Pulumi shows it to the rule."""

from typing import Any

from pulumi_policy import ResourceValidationArgs, ResourceValidationPolicy
from pulumi_policy.proxy import unknown_checking_proxy


def ask(rule: ResourceValidationPolicy, kind: str, **props: Any) -> list[str]:
    """What the rule reports of a resource of this type with these inputs."""
    found: list[str] = []
    args = ResourceValidationArgs(
        resource_type=kind,
        props=unknown_checking_proxy(props),
        urn=f"urn:pulumi:lab::tailnet-k3s::{kind}::thing",
        name="thing",
        opts=None,  # type: ignore[arg-type]
        provider=None,
    )
    assert callable(rule.validate)
    rule.validate(args, lambda message, _urn: found.append(message))
    return found
