"""Makes Headscale send its rules to all devices again, some seconds after a device has joined.

Headscale 0.28 has a race: two threads may change a device's list of pending updates at once. When several hosts join
within a second, one of them may never learn of another. It then refuses that host's packets until the policy changes,
minutes or hours later. It happened in one of ten bring-ups. On SIGHUP, Headscale sends the rules to all devices.
"""

import json
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from lab.hosts.process import Process

JOINED = b"Node connected"
"""What Headscale logs when a device has joined."""
PAUSES = (2.0, 6.0)
"""When to send SIGHUP, in seconds after a device has joined. Headscale sends pending updates every 0.8 s."""
POLL = 0.5


@dataclass
class Reminder:
    """Watches Headscale's log. `record`: the file with its process ID. Both files may not exist yet."""

    log: Path
    record: Path
    _read: int = 0
    _due: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Watch for ever. Runs in a thread."""
        while True:
            self.look(time.monotonic())
            time.sleep(POLL)

    def look(self, now: float) -> None:
        """Look for devices that have joined since the last call. Send SIGHUP when it is due (`now` in seconds)."""
        if JOINED in self._news():
            self._due = [now + pause for pause in PAUSES]
        if self._due and now >= self._due[0]:
            self._due.pop(0)
            self._remind()

    def _news(self) -> bytes:
        try:
            size = self.log.stat().st_size
            self._read = min(self._read, size)  # the log of a new lab is shorter
            with self.log.open("rb") as file:
                file.seek(self._read)
                news = file.read(size - self._read)
        except FileNotFoundError:
            return b""
        self._read = size
        return news

    def _remind(self) -> None:
        try:
            recorded = json.loads(self.record.read_text())
        except (FileNotFoundError, ValueError):
            return
        Process(recorded["pid"], recorded["start"]).send(signal.SIGHUP)
