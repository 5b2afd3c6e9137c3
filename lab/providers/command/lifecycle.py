"""What local and remote commands share: which command runs when, and which outputs it has."""

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
    """Runs `create` on create, `update` (else `create`) on update, and `delete` on delete, if they are given."""

    # A changed or removed input is an update. Only changed triggers need a new resource.
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
        """Runs one command to its end. `say` gets lines for the engine's log. Raises RuntimeError when it fails."""

    def extra_outputs(self, inputs: Values) -> Values:
        """More outputs after a command has run, in addition to the inputs and the command's output."""
        return {}

    def _result(self, inputs: Values, state: Values, command: str | None) -> Values:
        names = output_names(self.published_as)
        outputs = {name: value for name, value in inputs.items() if name in names}
        if command is None:
            return {"stdout": state.get("stdout", ""), "stderr": state.get("stderr", "")} | outputs
        printed = self.execute(command, inputs, self._previous(inputs, state), self._say())
        return {"stdout": printed.stdout, "stderr": printed.stderr} | outputs | self.extra_outputs(inputs)

    def _previous(self, inputs: Values, state: Values) -> dict[str, str]:
        """The last run's output, as environment variables for the next run."""
        if inputs.get("addPreviousOutputInEnv") is False:
            return {}
        previous = {"PULUMI_COMMAND_STDOUT": state.get("stdout"), "PULUMI_COMMAND_STDERR": state.get("stderr")}
        return {name: text for name, text in previous.items() if text}

    def _say(self) -> Say:
        urn = CURRENT_URN.get()  # the threads that send lines do not know the URN
        return lambda line: self._log.info(line, urn, ephemeral=True)


def logs(inputs: Values, stream: str) -> bool:
    """Whether the input `logging` asks to log this stream ("stdout" or "stderr")."""
    return inputs.get("logging") in (None, stream, "stdoutAndStderr")
