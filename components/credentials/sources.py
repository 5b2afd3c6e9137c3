"""Where Pulumi's providers read credentials from: the stack's settings, the environment, and files of other tools."""

import json
import os
from collections.abc import Callable, Mapping
from configparser import ConfigParser
from configparser import Error as UnreadableError
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pulumi

Setting = Callable[[str, str], str | None]
"""The stack's setting of a provider, from its namespace and name; None if there is none."""


def stack_setting(namespace: str, name: str) -> str | None:
    """From the stack that Pulumi is running; `pulumi config set --secret` or without."""
    return pulumi.Config(namespace).get(name)


@dataclass(frozen=True)
class Sources:
    """All of them. Values are only looked at for being there: none is kept, shown or sent."""

    setting: Setting = stack_setting
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    home: Path = field(default_factory=Path.home)

    def has(self, namespace: str, name: str, *variables: str) -> bool:
        """Whether a provider finds a value: as the stack's setting, or in one of the environment's variables."""
        return bool(self.setting(namespace, name)) or any(self.environment.get(variable) for variable in variables)

    def is_true(self, namespace: str, name: str, variable: str) -> bool:
        """Whether a way to log in is asked for."""
        value = self.setting(namespace, name) or self.environment.get(variable) or ""
        return value.lower() in {"true", "1"}

    @cached_property
    def oracle_profile(self) -> Mapping[str, str]:
        """The profile of Oracle's own tools that is meant: of ~/.oci/config, or where OCI_CONFIG_FILE says."""
        parser = ConfigParser(interpolation=None)
        usual = self.home / ".oci" / "config"
        try:
            parser.read([usual if usual.exists() else self.environment.get("OCI_CONFIG_FILE", usual)])
        except (UnreadableError, UnicodeDecodeError):
            return {}
        meant = self.setting("oci", "configFileProfile") or next(
            (self.environment[name] for name in names("config_file_profile") if self.environment.get(name)), "DEFAULT"
        )
        return parser[meant] if meant == "DEFAULT" or parser.has_section(meant) else {}

    @cached_property
    def azure_login(self) -> bool:
        """Whether `az login` has left a subscription to use."""
        folder = Path(self.environment.get("AZURE_CONFIG_DIR") or self.home / ".azure")
        try:
            profile = json.loads((folder / "azureProfile.json").read_text(encoding="utf-8-sig"))
        except (OSError, ValueError):
            return False
        return any(one.get("isDefault") for one in profile.get("subscriptions", []))


def names(attribute: str) -> tuple[str, str]:
    """The variables of the environment that Oracle's provider reads for one of its attributes, in its order."""
    return f"TF_VAR_{attribute}", f"OCI_{attribute.upper()}"
