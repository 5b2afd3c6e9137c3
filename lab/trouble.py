"""What is not as it should be on the hosts: the same facts and marks that `up` looks at, asked for `status`."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import yaml
from pydantic import ValidationError

from components.look.api import with_api
from components.look.ends import with_ends
from components.look.facts import Backup, Facts
from components.look.gatherer import gather_script
from components.look.look import claims_program
from components.look.reasons import Marks
from components.overlay.registry import KIND, OVERLAY
from components.settings.part import Part
from lab.engine import Workspace
from lab.hosts import HostError, list_hosts, run_in_host
from lab.lab import Lab

SECONDS = 20


@dataclass(frozen=True)
class Trouble:
    """What `up` would see on a host."""

    words: tuple[str, ...] = ()
    """What differs from what steps left, and what the overlay must not do there."""
    next_end: datetime | None = None
    """When the first of its certificates ends."""
    backup: Backup | None = None
    """What its timer for backups noted. None: it has none."""
    additions: tuple[str, ...] = ()
    """Files that change how the program's services run, and that no step wrote."""


def troubles(workspace: Workspace) -> dict[str, Trouble]:
    """By host that runs."""
    hosts = [state.name for state in list_hosts(workspace.lab) if state.running]
    settings = _overlay_settings(workspace)
    with ThreadPoolExecutor() as threads:
        found = threads.map(lambda host: _trouble(workspace.lab, host, settings), hosts)
        return dict(zip(hosts, found, strict=True))


def _trouble(lab: Lab, host: str, settings: Part | None) -> Trouble:
    try:
        marks, facts = (
            run_in_host(lab, host, ["python3", "-"], stdin=script, seconds=SECONDS)
            for script in (claims_program(), gather_script())
        )
        seen = Facts.model_validate_json(facts)
        found = with_api(host, with_ends(host, Marks.model_validate_json(marks).root, seen), seen)
        words = [text for mark in found.values() for text in mark.differs]
        overlay = seen.overlay
    except (HostError, ValidationError) as error:
        return Trouble((str(error).splitlines()[0],))
    if settings and overlay:
        words += [f"{each.key} {each.message}" for each in OVERLAY.look.findings(f"hosts.{host}", settings, overlay)]
    ends = [one.ends for one in seen.certificates or ()]
    next_end = datetime.fromtimestamp(min(ends), UTC) if ends else None
    return Trouble(tuple(words), next_end, seen.backup, seen.additions or ())


def _overlay_settings(workspace: Workspace) -> Part | None:
    """The stack's settings of the overlay. None: there is no stack yet."""
    if not workspace.settings.exists():
        return None
    config: Mapping[str, object] = (yaml.safe_load(workspace.settings.read_text()) or {}).get("config") or {}
    values = config.get(f"{workspace.project_name}:{KIND.key}") or {}
    return KIND.settings.model_validate(values)
