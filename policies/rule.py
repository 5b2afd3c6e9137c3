"""Makes a rule of the pack out of a function that finds what is wrong with one resource."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

Reasons = Callable[[str, Mapping[str, Any]], Iterable[str]]
"""From a resource's type token and its inputs, what is wrong with it, each with the mend. Nothing: it may pass."""


def mandatory(name: str, description: str, reasons: Reasons) -> ResourceValidationPolicy:
    """A rule that stops a preview or an update. It says the same thing of a resource once."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        for reason in dict.fromkeys(reasons(args.resource_type, args.props)):
            report(f"{args.name}: {reason}", None)

    return ResourceValidationPolicy(
        name=name, description=description, enforcement_level=EnforcementLevel.MANDATORY, validate=validate
    )
