"""The executable pulumi-resource-command."""

import threading

from lab.providers.command.copy_to_remote import CopyToRemote
from lab.providers.command.local_command import LocalCommand
from lab.providers.command.remote_command import RemoteCommand
from lab.providers.server import EngineLog, serve
from lab.providers.stand_in import StandIn


class CommandProvider(StandIn):
    """The command provider. When the engine is cancelled, it cancels all running commands."""

    def __init__(self, log: EngineLog) -> None:
        self._cancelled = threading.Event()
        super().__init__([kind(log, self._cancelled) for kind in (RemoteCommand, LocalCommand, CopyToRemote)])

    async def cancel(self) -> None:
        self._cancelled.set()


if __name__ == "__main__":
    serve("command", CommandProvider)
