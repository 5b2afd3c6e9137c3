"""Errors in settings: reported all at once, each with its key and with what to do."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pulumi


@dataclass(frozen=True)
class Finding:
    """One problem, at one key."""

    key: str
    message: str
    """What is wrong and what to do: a sentence without its subject, the key."""
    severity: Literal["error", "warning"] = "error"
    """A warning does not stop the run."""


class SettingsError(pulumi.RunError):
    """The settings are invalid. Nothing was changed. Pulumi shows a RunError without a traceback."""

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


def unknown(name: str, known: Iterable[str]) -> str:
    """The message for an unknown key."""
    close = difflib.get_close_matches(name, sorted(known), 1)
    return f"is not a setting. {f'Did you mean {close[0]}?' if close else 'Check the spelling, or remove it.'}"
