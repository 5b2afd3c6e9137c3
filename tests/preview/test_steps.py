"""What a step does to its host is what its script says of the values that changed."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pytest

from components import rendering
from components.remote import HOST_KEY
from components.rendering import StepTarget
from preview.differences import UNKNOWN
from preview.events import Change
from preview.names import Urn
from preview.steps import EFFECT, FIRST_RUN, REMOVAL, SECRETS, step_change
from tests.stack import ROOT

STEP = Urn(("command:remote:Command",), "k3s-node-oracle-2")
TARGET = StepTarget("oracle-2", "k3s-node-oracle-2", "operator")
SCRIPT = """\
# Effect of the first run: joins as $ROLE
# Effect of CONFIG VERSION: k3s restarts
# Effect of SECRETS: k3s restarts with another token
true
"""
RESTARTS = re.compile(
    r"^[^#]*(\b(run_service|restart_service|restart_and_wait|stop_service) |systemctl (--\S+ )*(re)?start )",
    re.MULTILINE,
)
SCRIPTS = [
    file
    for file in sorted((ROOT / "components").rglob("*.sh"))
    if file.name not in ("prelude.sh", "marks.sh", "step.sh")
]
ELSEWHERE = {
    "join.sh": "enrol.sh, with which it runs; in user data there is no room",
    "certificates.sh": "enrol.sh and leave.sh, with which it runs",
    "node_object.sh": "the scripts that use its verbs",
    "k3s_renewal.sh": "a timer that restarts k3s, but not when the step runs",
}
"""Scripts whose effects another one states."""
Operation = Literal["create", "update", "replace", "delete"]


def command(script: str = SCRIPT, **values: str) -> str:
    """A step's command."""
    return rendering.run(TARGET, script, values)


def change(operation: Operation, old: Mapping[str, Any], new: Mapping[str, Any], *paths: str) -> Change:
    """A change of a step."""
    return Change(operation, STEP, None, old, new, paths)


def effects(old: Mapping[str, Any], new: Mapping[str, Any], *paths: str) -> tuple[str, ...]:
    """What an update of the step does."""
    found = step_change(change("update", old, new, *paths), [])
    assert found
    assert found.host == "oracle-2"
    return found.effects


def test_the_first_run_of_a_step() -> None:
    found = step_change(change("create", {}, {"create": command(ROLE="agent")}), [])
    assert found
    assert (found.host, found.effects) == ("oracle-2", ("joins as agent",))


def test_a_step_without_verbs_has_effects_too() -> None:
    created = {"create": rendering.run_alone(TARGET, HOST_KEY.read_text())}
    found = step_change(change("create", {}, created), ["oracle-2"])
    assert found
    assert found.host == "oracle-2"
    assert found.effects == ("shows an SSH host key of its own from now on; open connections stay",)


def test_a_changed_value_has_its_effect_and_is_shown_if_it_is_short() -> None:
    old, new = ({"create": command(ROLE="agent", VERSION=version)} for version in ("1", "2"))
    assert effects(old, new, "create") == ("k3s restarts (VERSION 1 → 2)",)


def test_a_value_without_an_effect_has_none() -> None:
    old, new = ({"create": command(DEVICE=device)} for device in ("a", "b"))
    assert effects(old, new, "create") == ()


def test_a_changed_secret_has_its_effect() -> None:
    same = {"create": command(ROLE="agent"), "stdin": "[secret]"}
    assert effects(same, same, "stdin") == ("k3s restarts with another token",)


def test_a_command_that_is_not_known_yet_may_have_every_effect() -> None:
    old = {"create": command(ROLE="agent")}
    words = ("perhaps k3s restarts", "perhaps k3s restarts with another token")
    assert effects(old, {"create": UNKNOWN}, "create") == words


def test_a_step_that_runs_again_says_why() -> None:
    old, new = ({"create": command(BECAUSE=why)} for why in ("", "k3s.service is stopped [12345678]"))
    found = step_change(change("update", old, new, "create"), [])
    assert found
    assert (found.effects, found.rerun_reason, found.newer) == ((), "k3s.service is stopped", False)


def test_a_newer_script_is_told_from_a_changed_value() -> None:
    old, new = ({"create": command(script, VERSION="1")} for script in (SCRIPT, SCRIPT + "false\n"))
    found = step_change(change("update", old, new, "create"), [])
    assert found
    assert (found.effects, found.newer) == ((), True)


def test_another_connection_does_nothing_to_the_host() -> None:
    same = {"create": command(VERSION="1")}
    assert step_change(change("update", same, same, "connection.host"), []) is None


def test_a_cleanup_step_says_what_it_removes_and_other_steps_nothing() -> None:
    removal = {"delete": command("# Effect of removal: $SECTION stops\ntrue", SECTION="writer")}
    found = step_change(change("delete", removal, {}), [])
    assert found
    assert found.effects == ("writer stops",)
    assert step_change(change("delete", {"create": command()}, {}), []) is None


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: str(file.relative_to(ROOT / "components")))
def test_a_script_that_starts_or_stops_a_service_says_so(file: Path) -> None:
    text = file.read_text()
    if RESTARTS.search(text) and file.name not in ELSEWHERE:
        assert EFFECT.search(text), f"{file.name} needs a line `# Effect of …: …` (see preview/steps.py)"


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: str(file.relative_to(ROOT / "components")))
def test_effects_name_values_that_the_script_has(file: Path) -> None:
    text = file.read_text()
    body = re.sub(r"^#.*$", "", text, flags=re.MULTILINE)
    for found in EFFECT.finditer(text):
        when = found["when"]
        names = set() if when in (FIRST_RUN, REMOVAL) else set(when.split()) - {SECRETS}
        names |= set(re.findall(r"\$(\w+)", found["what"]))
        assert [name for name in names if not re.search(rf"\b{name}\b", body)] == []
