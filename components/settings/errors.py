"""Errors of the settings as their reader wants them: all at once, each with its key and with what to do."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

import pulumi
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from components.settings.part import Part


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, at one key."""

    key: str
    message: str
    """What is wrong, in a sentence that goes on from the key, and what to do."""


class SettingsError(pulumi.RunError):
    """The settings are refused, before anything is read or changed elsewhere. A RunError: shown without a traceback."""

    def __init__(self, file: str, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        count = f"{len(self.findings)} error{'s' * (len(self.findings) != 1)}"
        width = max((len(finding.key) for finding in self.findings), default=0)
        lines = (f"  {finding.key:{width}}  {finding.message}" for finding in self.findings)
        super().__init__("\n".join([f"{file} has {count}; nothing was changed.", *lines]))


def path(*parts: str | int) -> str:
    """A key as `pulumi config set --path` takes it: `hosts.oracle-1.labels["example.com/rack"]`."""
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        elif "." in part or not part:
            text += f'["{part}"]'
        else:
            text += f".{part}"
    return text.removeprefix(".")


def findings_of(error: ValidationError, *prefix: str) -> list[Finding]:
    """What pydantic found, in our words."""
    return [
        Finding(path(*prefix, *(part for part in details["loc"] if part != "[key]")), _message(details))
        for details in error.errors()
    ]


def unknown(name: str, known: Iterable[str]) -> str:
    """What to say of a key that there is none of."""
    close = difflib.get_close_matches(name, sorted(known), 1)
    return f"is not a setting. {f'Did you mean {close[0]}?' if close else 'Check the spelling, or remove it.'}"


# By pydantic's name of the error; {} is filled from its context.
MESSAGES = {
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
    "model_type": "is not a map of settings. Write one, like {{name: value}}.",
    "literal_error": "must be {expected}. Change it.",
    "greater_than_equal": "is too small. Use {ge:g} or more.",
    "less_than_equal": "is too large. Use {le:g} or less.",
}


def _message(details: ErrorDetails) -> str:
    context = details.get("ctx", {})
    if details["type"] == "value_error":
        return str(context["error"])
    if details["type"] == "extra_forbidden":
        return unknown(str(details["loc"][-1]), _names(Part))
    template = MESSAGES.get(details["type"])
    return template.format(**context) if template else f"is refused: {details['msg']}."


def _names(part: type[Part]) -> set[str]:
    return {name for kind in part.__subclasses__() for name in kind.model_fields} | {
        name for kind in part.__subclasses__() for name in _names(kind)
    }
