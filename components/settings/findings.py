"""What pydantic finds wrong, in our words: the key as a user knows it, and what to do."""

from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from components.settings.errors import Finding, path, unknown
from components.settings.part import Part
from components.settings.shape import parts_at

# By pydantic's name of the error; {} is filled from its context.
MESSAGES = {
    "union_tag_not_found": "is missing. Add it.",
    "union_tag_invalid": "must be {expected}. Change it.",
    "too_short": "is empty. Name at least one.",
    "missing": "is missing. Add it.",
    "string_type": "is not text. Put it in quotes.",
    "int_type": "is not a whole number. Write one.",
    "int_parsing": "is not a whole number. Write one.",
    "int_from_float": "is not a whole number. Write one.",
    "float_type": "is not a number. Write one.",
    "float_parsing": "is not a number. Write one.",
    "bool_type": "is neither true nor false. Write one of them.",
    "bool_parsing": "is neither true nor false. Write one of them.",
    "tuple_type": "is not a list. Write one, like [a, b].",
    "dict_type": "is not a map. Write one, like {{name: value}}.",
    "model_attributes_type": "is not a map of settings. Write one, like {{name: value}}.",
    "model_type": "is not a map of settings. Write one, like {{name: value}}.",
    "literal_error": "must be {expected}. Change it.",
    "greater_than_equal": "is too small. Use {ge:g} or more.",
    "less_than_equal": "is too large. Use {le:g} or less.",
}


def findings_of(error: ValidationError, name: str, kind: Any) -> list[Finding]:
    """What is wrong in one part of the settings: its name, and its type."""
    return [_finding(details, name, kind) for details in error.errors(include_input=False)]


def _finding(details: ErrorDetails, name: str, kind: Any) -> Finding:
    location = [step for step in details["loc"] if step != "[key]"]
    # Pydantic puts what the union's members differ by, their cloud, between a host's name and the key.
    cloud = location.pop(1) if name == "hosts" and len(location) > 1 else None
    if details["type"].startswith("union_tag_"):
        location.append("cloud")
    context = details.get("ctx", {})
    if details["type"] == "extra_forbidden":
        groups = [group for group in parts_at(kind, location[:-1]) if cloud in {None, _cloud(group)}]
        message = unknown(str(location[-1]), {known for group in groups for known in group.model_fields})
    elif details["type"] == "value_error":
        message = str(context["error"])
    elif details["type"] in MESSAGES:
        if "expected_tags" in context:
            *others, last = context["expected_tags"].split(", ")
            context = {"expected": f"{', '.join(others)} or {last}"}
        message = MESSAGES[details["type"]].format(**context)
    else:
        message = f"is refused: {details['msg']}."
    return Finding(path(name, *location), message)


def _cloud(group: type[Part]) -> str | None:
    """What `cloud` is in that group."""
    field = group.model_fields.get("cloud")
    return str(get_args(field.annotation)[0]) if field else None
