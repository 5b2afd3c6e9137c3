"""What local and remote commands have in common: which command runs when, and which outputs come of it."""

import secrets
import threading
from abc import abstractmethod
from collections.abc import Callable

from lab.providers.command.execution import Output
from lab.providers.published import output_names
from lab.providers.server import CURRENT_URN, EngineLog
from lab.providers.stand_in import ResourceType, Values

Say = Callable[[str], None]


class Command(ResourceType):
    """Creates by `create`, updates by `update` or else `create`, deletes by `delete`; none given: nothing to run."""

    # Every change of an input is an update, and so is its removal; only the triggers make a new resource.
    replaced_by = frozenset({"triggers"})
    volatile = frozenset({"stdout", "stderr"})
    removable = frozenset(
        {"triggers", "create", "update", "delete", "stdin", "environment", "logging", "addPreviousOutputInEnv"}
    )

    def __init__(self, log: EngineLog, cancelled: threading.Event) -> None:
        self._log = log
        self.cancelled = cancelled

    def defaults(self, inputs: Values) -> Values:
        return {"addPreviousOutputInEnv": True}

    def create(self, inputs: Values) -> tuple[str, Values]:
        urn = CURRENT_URN.get()
        resource_id = f"{urn.rsplit('::', 1)[-1]}{secrets.token_hex(4)}"
        return resource_id, self._result(inputs, {}, inputs.get("create"))

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        command = inputs["update"] if inputs.get("update") is not None else inputs.get("create")
        return self._result(inputs, state, command)

    def delete(self, resource_id: str, state: Values) -> None:
        if state.get("delete") is not None:
            self.execute(state["delete"], state, self._previous(state, state), self._say())

    @abstractmethod
    def execute(self, command: str, inputs: Values, previous: dict[str, str], say: Say) -> Output:
        """Runs one command to its end. Raises RuntimeError when it fails; `say` takes lines for the engine's log."""

    def extra_outputs(self, inputs: Values) -> Values:
        """Outputs besides the inputs and what was printed, after a command has run."""
        return {}

    def _result(self, inputs: Values, state: Values, command: str | None) -> Values:
        names = output_names(self.published_as)
        outputs = {name: value for name, value in inputs.items() if name in names}
        if command is None:
            return {"stdout": state.get("stdout", ""), "stderr": state.get("stderr", "")} | outputs
        printed = self.execute(command, inputs, self._previous(inputs, state), self._say())
        return {"stdout": printed.stdout, "stderr": printed.stderr} | outputs | self.extra_outputs(inputs)

    def _previous(self, inputs: Values, state: Values) -> dict[str, str]:
        """What the last run has printed, as environment for the next."""
        if inputs.get("addPreviousOutputInEnv") is False:
            return {}
        previous = {"PULUMI_COMMAND_STDOUT": state.get("stdout"), "PULUMI_COMMAND_STDERR": state.get("stderr")}
        return {name: text for name, text in previous.items() if text}

    def _say(self) -> Say:
        urn = CURRENT_URN.get()  # lines come from threads that do not know it
        return lambda line: self._log.info(line, urn, ephemeral=True)


def logs(inputs: Values, stream: str) -> bool:
    """Whether the `logging` input asks for the lines of that stream ("stdout" or "stderr") in the engine's log."""
    return inputs.get("logging") in (None, stream, "stdoutAndStderr")
