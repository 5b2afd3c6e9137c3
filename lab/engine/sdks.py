"""The clouds' SDKs take seconds to import: begun while Pulumi starts, by what the last run's program needed."""

import importlib
import json
import sys
from types import ModuleType

from lab.engine.workspace import Workspace
from lab.files import replace

PREFIX = "pulumi_"
FILE = "sdks.json"


def import_noted(workspace: Workspace) -> None:
    """Import what is noted, if anything is.

    For a thread that has ended when the program begins: SDKs load their parts when these are first touched, and two
    threads would see half of them.
    """
    file = workspace.folder / FILE
    for name in json.loads(file.read_text()) if file.exists() else ():
        try:
            getattr(importlib.import_module(name), "_utilities", None)  # a touch
        except Exception:  # the program will meet it too, and say so
            return


def note_imported(workspace: Workspace) -> None:
    """Note the packages of SDKs that are loaded, in the order in which they were imported."""
    loaded = [name for name, module in sys.modules.items() if name.startswith(PREFIX) and _is_loaded_package(module)]
    replace(workspace.folder / FILE, json.dumps(loaded))


def _is_loaded_package(module: ModuleType) -> bool:
    """A part that nobody has touched yet is of another type."""
    return type(module) is ModuleType and hasattr(module, "__path__")
