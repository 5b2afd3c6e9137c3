"""command:remote:Command: a command on a host, over SSH."""

from lab.providers.command.connection import connected, read_connection
from lab.providers.command.execution import Order, Output, run
from lab.providers.command.lifecycle import Command, Say, logs
from lab.providers.stand_in import Values

LOGIN_DEFAULTS = {"user": "root", "port": 22, "dialErrorLimit": 10, "perDialTimeout": 15}
"""The published plugin's defaults for a connection, and for the proxy in it."""


class RemoteCommand(Command):
    """A delete uses the connection in the state. A changed connection is an update."""

    published_as = "command:remote:Command"
    secret = frozenset({"connection"})

    def defaults(self, inputs: Values) -> Values:
        return super().defaults(inputs) | {"connection": connection_defaults(inputs)}

    def changes(self, state: Values, inputs: Values) -> dict[str, bool]:
        found = super().changes(state, inputs)
        if state.get("connection") != inputs["connection"] and not any(path.startswith("connection") for path in found):
            found["connection"] = False  # a part of it was removed
        return found

    def execute(self, command: str, inputs: Values, previous: dict[str, str], say: Say) -> Output:
        connection = read_connection(inputs["connection"])
        order = Order(
            command=command,
            stdin=inputs.get("stdin") or "",
            environment=inputs.get("environment") or {},
            previous_output=previous,
            log_stdout=logs(inputs, "stdout"),
            log_stderr=logs(inputs, "stderr"),
        )
        with connected(connection, self.cancelled, say) as transport:
            return run(transport, connection.login.name, order, self.cancelled, say)


def connection_defaults(inputs: Values) -> Values:
    """The defaults for a resource's `connection`, as far as it is known."""
    connection = inputs.get("connection")
    has_proxy = isinstance(connection, dict) and isinstance(connection.get("proxy"), dict)
    return LOGIN_DEFAULTS | ({"proxy": LOGIN_DEFAULTS} if has_proxy else {})
