"""The engine's events as messages: who does what, what failed and why, what would change."""

from typing import Any

import pytest
from pulumi.automation.events import EngineEvent

from lab.engine.messages import (
    Message,
    Notice,
    OperationEnded,
    OperationFailed,
    OperationStarted,
    Planned,
    Problem,
    decode,
    encode,
)
from lab.engine.translate import Translator

PREFIX = "urn:pulumi:lab::tailnet-k3s::"
STEP = f"{PREFIX}tailnet-k3s:datastore:Galera$command:remote:Command::datastore-member-oracle-1"
GALERA = f"{PREFIX}tailnet-k3s:datastore:Galera::datastore"
STACK = f"{PREFIX}pulumi:pulumi:Stack::tailnet-k3s-lab"


def step(op: str, urn: str = STEP, **more: Any) -> dict[str, Any]:
    """The metadata of an operation on a resource."""
    kind = urn.split("::")[2].rsplit("$", maxsplit=1)[-1]
    state = {
        "type": kind,
        "urn": urn,
        "id": "",
        "parent": GALERA,
        "provider": "",
        "custom": True,
        "inputs": {},
        "outputs": {},
    }
    return {"op": op, "urn": urn, "type": kind, "provider": "", "old": None, "new": state, **more}


def events(*documents: dict[str, Any], preview: bool = False) -> list[Message]:
    """Messages of these events, in the engine's JSON."""
    translator = Translator(["oracle-1", "oracle-2"], preview=preview)
    messages = []
    for number, document in enumerate(documents):
        event = EngineEvent.from_json({"sequence": number, "timestamp": 0, **document})
        messages += list(translator.translate(event))
    return [*messages, *translator.rest()]


def before(metadata: dict[str, Any]) -> dict[str, Any]:
    return {"resourcePreEvent": {"metadata": metadata}}


def diagnostic(text: str, urn: str = "", severity: str = "error") -> dict[str, Any]:
    return {"diagnosticEvent": {"message": text, "color": "never", "severity": severity, "urn": urn}}


def test_work_begins_and_ends_under_one_key() -> None:
    began, ended = events(before(step("create")), {"resOutputsEvent": {"metadata": step("create")}})
    assert isinstance(began, OperationStarted)
    assert (began.subject, began.doing) == ("oracle-1", "galera member")
    assert ended == OperationEnded(began.key)


def test_removing_is_said() -> None:
    metadata = step("delete", old=step("delete")["new"], new=None)
    (began,) = events(before(metadata))
    assert isinstance(began, OperationStarted)
    assert began.doing == "galera member: removing"
    assert began.minor, "what went in no time, as most of a host does, leaves a line"


@pytest.mark.parametrize("op", ["same", "read", "refresh"])
def test_what_does_nothing_is_not_told(op: str) -> None:
    assert events(before(step(op)), {"resOutputsEvent": {"metadata": step(op)}}) == []


def test_components_and_providers_are_not_told() -> None:
    component = step("create", GALERA)
    component["new"]["custom"] = False
    provider = step("create", f"{PREFIX}pulumi:providers:oci::default")
    assert events(before(component), before(provider)) == []


def test_a_failure_has_the_cause_of_its_diagnostic_and_is_told_once() -> None:
    text = "1 error occurred:\n\t* Process exited\noracle-1 datastore-member-oracle-1: disk is full\n"
    began, failed = events(
        before(step("create")),
        diagnostic(text, STEP),
        diagnostic(text, STEP),
        {"resOpFailedEvent": {"metadata": step("create"), "status": 0, "steps": 0}},
    )
    assert isinstance(began, OperationStarted)
    assert failed == OperationFailed(began.key, "disk is full")


def test_a_resource_that_is_refused_before_anything_is_done_is_a_problem() -> None:
    assert events(diagnostic("oracle-1: shape is missing", STEP)) == [
        Problem("oracle-1 · datastore member: oracle-1: shape is missing")
    ]


def test_errors_of_the_program_are_told_whole_and_once() -> None:
    text = "Pulumi.lab.yaml has 1 error; nothing was changed.\n  hosts  is missing."
    assert events(diagnostic(text, STACK), diagnostic(f"{text}\n")) == [Problem(text)]


def test_debug_output_which_has_secrets_is_dropped() -> None:
    assert events(diagnostic("props: hunter2", severity="debug")) == []


def test_the_engine_s_word_on_every_stand_in_is_dropped_and_other_warnings_are_not() -> None:
    warning = diagnostic("using pulumi-resource-oci from $PATH at somewhere", severity="warning")
    assert events(warning, diagnostic("stack is old", severity="warning")) == [Notice("stack is old")]


def test_a_mandatory_policy_is_a_problem_with_its_resource() -> None:
    violation = {
        "message": "offers an exit node",
        "color": "never",
        "policyName": "no-exit-node",
        "policyPackName": "tailnet-k3s",
        "policyPackVersion": "1",
        "policyPackVersionTag": "1",
        "enforcementLevel": "mandatory",
        "resourceUrn": STEP,
    }
    assert events({"policyEvent": violation}) == [
        Problem("policy no-exit-node: oracle-1 · datastore member: offers an exit node")
    ]


def test_a_preview_tells_what_would_change() -> None:
    old = {**step("update")["new"], "inputs": {"triggers": ["a"]}}
    new = {**step("update")["new"], "inputs": {"triggers": ["b"]}}
    metadata = step("update", old=old, new=new, diffs=["triggers"])
    assert events(before(metadata), {"resOutputsEvent": {"metadata": metadata}}, preview=True) == [
        Planned("update", "oracle-1", "galera member", ('triggers: ["a"] → ["b"]',))
    ]


@pytest.mark.parametrize("preview", [True, False])
def test_a_replacement_counts_once_and_what_stays_not_at_all(preview: bool) -> None:
    translator = Translator(["oracle-1"], preview=preview)
    shown = []
    for op in ("same", "create-replacement", "replace", "delete-replaced", "create"):
        for kind in ("resourcePreEvent", "resOutputsEvent"):
            event = EngineEvent.from_json({"sequence": 0, "timestamp": 0, kind: {"metadata": step(op)}})
            shown += [message.kind for message in translator.translate(event)]
    assert translator.changes == {"replace": 1, "create": 1}
    assert shown == (["planned"] * 2 if preview else ["began", "ended"] * 3)


def test_messages_survive_the_wire() -> None:
    message = Planned("replace", "oracle-1", "instance", ('shape: "ä"',))
    assert decode(encode(message)) == message
