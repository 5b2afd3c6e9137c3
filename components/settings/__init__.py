"""The stack's configuration as typed, checked, frozen values: the only interface that a user of the program needs."""

from components.settings.errors import SettingsError
from components.settings.load import Settings

__all__ = ["Settings", "SettingsError"]
