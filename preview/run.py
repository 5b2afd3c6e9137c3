"""Runs a preview of a real stack by Pulumi's own command, and gathers the engine's events."""

import os
from pathlib import Path

from pulumi import automation
from pulumi.automation.errors import CommandError
from pulumi.automation.events import EngineEvent

from preview.events import Preview, read

ROOT = Path(__file__).parent.parent
PACK = "policies"


def preview_stack(stack: str, *, refresh: bool = False) -> Preview:
    """What `pulumi up --policy-pack policies` would do. `refresh`: first asks the clouds what there is still.

    A preview that fails tells why among its problems. Raises CommandError if there is no such stack, or no access.
    """
    environment = {"PULUMI_PYTHON_CMD": str(ROOT / ".venv" / "bin" / "python"), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    options = automation.LocalWorkspaceOptions(work_dir=str(ROOT), env_vars={**environment, **_own()})
    selected = automation.select_stack(stack, work_dir=str(ROOT), opts=options)
    events: list[EngineEvent] = []
    failure = ""
    try:
        selected.preview(on_event=events.append, policy_packs=[str(ROOT / PACK)], refresh=refresh, color="never")
    except CommandError as error:
        failure = _cause(str(error))
    return read(events, failure)


def _own() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("PULUMI_")}


def _cause(text: str) -> str:
    """The engine's last error. Its whole text also has what the program printed."""
    said = [line.strip() for line in text.splitlines() if line.strip().startswith(("error:", "stderr: error:"))]
    return said[-1].removeprefix("stderr: ").removeprefix("error: ") if said else "the engine failed"
