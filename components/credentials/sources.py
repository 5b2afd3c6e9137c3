"""Places from which providers read credentials: stack settings, environment variables, files in the home folder."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pulumi

Setting = Callable[[str, str], str | None]
"""Reads a provider's setting by namespace and name; None if it is not set."""


def stack_setting(namespace: str, name: str) -> str | None:
    """A setting of the running stack, secret or not."""
    return pulumi.Config(namespace).get(name)


@dataclass(frozen=True)
class Sources:
    """All places. This only checks that values exist. It neither keeps, shows nor sends them."""

    setting: Setting = stack_setting
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    home: Path = field(default_factory=Path.home)

    def has(self, namespace: str, name: str, *variables: str) -> bool:
        """Whether a provider finds a value, as a stack setting or in one of the variables."""
        return bool(self.setting(namespace, name)) or any(self.environment.get(variable) for variable in variables)

    def is_true(self, namespace: str, name: str, variable: str) -> bool:
        """Whether a setting or variable selects a way to log in."""
        value = self.setting(namespace, name) or self.environment.get(variable) or ""
        return value.lower() in {"true", "1"}


def listed(names: list[str]) -> str:
    """Names as text: `a, b and c`."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
