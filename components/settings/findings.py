"""Translates pydantic's errors: the key as users write it, and what to do."""

from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from components.settings.errors import Finding, path, unknown
from components.settings.part import Part
from components.settings.shape import alternatives, parts_at

# By pydantic's name of the error. The error's context fills {}.
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

TAGS = {"hosts": (1, "cloud"), "datastore": (0, "kind")}
"""Unions by part of the settings: number of keys before the union, and its discriminator."""


def findings_of(error: ValidationError, name: str, kind: Any) -> list[Finding]:
    """Findings for the errors in one part of the settings, given its name and type."""
    return [_finding(details, name, kind) for details in error.errors(include_input=False)]


def _finding(details: ErrorDetails, name: str, kind: Any) -> Finding:
    location = [step for step in details["loc"] if step != "[key]"]
    # Pydantic puts the discriminator's value before the key.
    place, differs = TAGS.get(name, (0, ""))
    is_union = name == "hosts" or sum(one is not type(None) for one in alternatives(kind)) > 1
    tag = location.pop(place) if is_union and len(location) > place else None
    if details["type"].startswith("union_tag_"):
        location.append(differs)
    context = details.get("ctx", {})
    if details["type"] == "extra_forbidden":
        groups = [group for group in parts_at(kind, location[:-1]) if tag in {None, _tag(group, differs)}]
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


def _tag(group: type[Part], name: str) -> str | None:
    """The value of a union member's discriminator."""
    field = group.model_fields.get(name)
    return str(get_args(field.annotation)[0]) if field else None
