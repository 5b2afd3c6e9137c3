"""Makes a rule of the pack out of a function that finds what is wrong with one resource."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

Reasons = Callable[[str, Mapping[str, Any]], Iterable[str]]
"""From a resource's type token and its inputs, what is wrong with it, each with the mend. Nothing: it may pass."""
Concerns = Callable[[ResourceValidationArgs], bool]
"""Whether a rule is about a resource at all. It sees the resource's options and its place among the others, too."""


def mandatory(
    name: str, description: str, reasons: Reasons, concerns: Concerns = lambda _: True
) -> ResourceValidationPolicy:
    """A rule that stops a preview or an update. It says the same thing of a resource once."""
    return _rule(name, description, reasons, concerns, EnforcementLevel.MANDATORY)


def advisory(
    name: str, description: str, reasons: Reasons, concerns: Concerns = lambda _: True
) -> ResourceValidationPolicy:
    """A rule whose messages stop nothing."""
    return _rule(name, description, reasons, concerns, EnforcementLevel.ADVISORY)


def _rule(
    name: str, description: str, reasons: Reasons, concerns: Concerns, level: EnforcementLevel
) -> ResourceValidationPolicy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        found = reasons(args.resource_type, args.props) if concerns(args) else ()
        for reason in dict.fromkeys(found):
            report(f"{args.name}: {reason}", None)

    return ResourceValidationPolicy(name=name, description=description, enforcement_level=level, validate=validate)
