"""A policy's rule, asked about one resource as Pulumi shows it to the rule."""

from typing import Any

from pulumi.runtime import rpc
from pulumi_policy import ResourceValidationPolicy

from policies.rules import violations
from policies.sdk import with_marks
from tests.engine import Resource


def ask(rule: ResourceValidationPolicy, kind: str, **props: Any) -> list[str]:
    """What the rule reports of a resource `thing` of this type with these inputs."""
    return violations(rule, kind, "thing", props)


def asked(rule: ResourceValidationPolicy, one: Resource) -> list[str]:
    """What the rule reports of a resource of a program, with its options, its parents and the marks of its secrets."""
    inputs = with_marks(rpc.deserialize_properties(one.request.object))
    parents = one.request.parent.split("::")[2] if one.request.parent else ""
    return violations(rule, one.type, one.name, inputs, parents=parents, protect=one.request.protect)
