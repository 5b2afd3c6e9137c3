"""Imports the clouds' SDKs while Pulumi starts, because that takes seconds: those that the last run used."""

import importlib
import json
import sys
from types import ModuleType

from lab.engine.workspace import Workspace
from lab.files import replace

PREFIX = "pulumi_"
FILE = "sdks.json"


def import_noted(workspace: Workspace) -> None:
    """Imports the noted packages, if there are any.

    For a thread that ends before the program starts: SDKs load their modules lazily, and two threads would see half of
    them.
    """
    file = workspace.folder / FILE
    for name in json.loads(file.read_text()) if file.exists() else ():
        try:
            getattr(importlib.import_module(name), "_utilities", None)  # loads the module
        except Exception:  # the program will fail, too, and report it
            return


def note_imported(workspace: Workspace) -> None:
    """Notes the loaded SDK packages, in the order of their imports."""
    loaded = [name for name, module in sys.modules.items() if name.startswith(PREFIX) and _is_loaded_package(module)]
    replace(workspace.folder / FILE, json.dumps(loaded))


def _is_loaded_package(module: ModuleType) -> bool:
    """Whether a module is loaded. A lazy module that was not used yet has another type."""
    return type(module) is ModuleType and hasattr(module, "__path__")
