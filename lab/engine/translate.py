"""Translates the engine's events into messages: with names for users, each error once, and no secrets."""

from collections.abc import Collection, Iterator, Mapping

from pulumi.automation.events import DiagnosticEvent, EngineEvent, OpType, PolicyEvent, StepEventMetadata

from lab.engine.messages import (
    Change,
    Message,
    Notice,
    OperationEnded,
    OperationFailed,
    OperationStarted,
    Planned,
    Problem,
)
from preview.differences import differences
from preview.errors import cause_of, readable
from preview.names import STACK, Label, Urn, label

# Operations that change nothing, or only the state.
IDLE = frozenset(
    {"same", "read", "refresh", "discard", "discard-replaced", "read-replacement", "remove-pending-replace"}
)
CHANGES: Mapping[str, Change] = {
    "create": "create",
    "import": "create",
    "update": "update",
    "replace": "replace",
    "create-replacement": "replace",
    "import-replacement": "replace",
    "delete": "delete",
    "delete-replaced": "delete",
}
PARTS_OF_REPLACE = frozenset({"create-replacement", "delete-replaced", "import-replacement"})
"""The two real operations of a replacement. The engine also reports `replace`, which is only their common name."""
# The engine's summary after another error.
SUMS = frozenset({"update failed", "update canceled", "preview failed", "preview canceled"})
# The engine's warning about every stand-in, in every run.
EXPECTED_WARNINGS = ("using pulumi-resource-", "using pulumi-analyzer-", "no resource plugin ")


class Translator:
    """Receives events in the engine's order. Not thread-safe."""

    def __init__(self, hosts: Collection[str], *, preview: bool) -> None:
        self._hosts = hosts
        self._preview = preview
        self._errors: dict[str, list[str]] = {}
        self._said: set[str] = set()
        self.changes: dict[str, int] = {}
        """Number of resources by change, or by planned change in a preview."""
        self.failures = 0

    def translate(self, event: EngineEvent) -> Iterator[Message]:
        """The messages for one event, often none."""
        if event.diagnostic_event is not None:
            yield from self._diagnostic(event.diagnostic_event)
        elif event.policy_event is not None:
            yield from self._policy(event.policy_event)
        elif event.resource_pre_event is not None:
            yield from self._before(event.resource_pre_event.metadata)
        elif event.res_outputs_event is not None:
            yield from self._after(event.res_outputs_event.metadata)
        elif event.res_op_failed_event is not None:
            yield from self._failure(event.res_op_failed_event.metadata)

    def rest(self) -> Iterator[Message]:
        """Errors of the stack, and of resources without an operation. Call it at the end."""
        problems = [self._problem(urn, text) for urn, texts in self._errors.items() for text in texts]
        yield from (Problem(text) for text in dict.fromkeys(problems))
        self._errors.clear()

    def _problem(self, urn: str, text: str) -> str:
        parsed = Urn.parse(urn) if urn else None
        if parsed is None or parsed.type == STACK:
            return readable(text)
        named = label(parsed, self._hosts)
        return f"{named.subject} · {named.what}: {cause_of(text, named.subject)}"

    def _diagnostic(self, event: DiagnosticEvent) -> Iterator[Message]:
        text = event.message.strip()
        if text in SUMS or text in self._said:
            return
        if event.severity == "error":
            self._said.add(text)
            self._errors.setdefault(event.urn or "", []).append(text)
        elif event.severity == "warning" and not text.startswith(EXPECTED_WARNINGS):
            self._said.add(text)
            yield Notice(readable(text))

    def _policy(self, event: PolicyEvent) -> Iterator[Message]:
        named = label(Urn.parse(event.resource_urn), self._hosts) if event.resource_urn else None
        whose = f"{named.subject} · {named.what}: " if named else ""
        text = f"policy {event.policy_name}: {whose}{readable(event.message)}"
        if text not in self._said:
            self._said.add(text)
            yield Problem(text) if event.enforcement_level == "mandatory" else Notice(text)

    def _before(self, step: StepEventMetadata) -> Iterator[Message]:
        if not _is_work(step):
            return
        named = self._label(step)
        if self._preview:
            if step.op not in PARTS_OF_REPLACE:
                self._count(step)
                yield Planned(CHANGES[step.op], named.subject, named.what, _details(step))
        elif step.op != "replace":  # its two real operations follow
            deleting = CHANGES[step.op] == "delete"
            doing = f"{named.what}: removing" if deleting else named.what
            # Most resources of a host are deleted with it at once. Show only deletions that take time.
            yield OperationStarted(_key(step), named.subject, doing, named.minor or deleting)

    def _after(self, step: StepEventMetadata) -> Iterator[Message]:
        if not self._preview and _is_work(step):
            if step.op not in PARTS_OF_REPLACE:
                self._count(step)
            if step.op != "replace":
                yield OperationEnded(_key(step))

    def _failure(self, step: StepEventMetadata) -> Iterator[Message]:
        self.failures += 1
        texts = self._errors.pop(step.urn, [])
        named = self._label(step)
        yield OperationFailed(_key(step), cause_of("\n".join(texts), named.subject))

    def _count(self, step: StepEventMetadata) -> None:
        change = CHANGES[step.op]
        self.changes[change] = self.changes.get(change, 0) + 1

    def _label(self, step: StepEventMetadata) -> Label:
        state = step.new or step.old
        parent = Urn.parse(state.parent) if state and state.parent else None
        return label(Urn.parse(step.urn), self._hosts, parent)


def _is_work(step: StepEventMetadata) -> bool:
    """Whether an operation changes something real. Components and providers exist only in the state."""
    custom = bool((step.new and step.new.custom) or (step.old and step.old.custom))
    return custom and step.op not in IDLE and not step.type.startswith("pulumi:providers:")


def _key(step: StepEventMetadata) -> str:
    return f"{OpType(step.op).value} {step.urn}"


def _details(step: StepEventMetadata) -> tuple[str, ...]:
    if step.old is None or step.new is None:
        return ()
    paths = [*(step.detailed_diff or step.diffs or step.keys or ())]
    return differences(paths, step.old.inputs or {}, step.new.inputs or {})
