"""Makes Headscale tell every device its rules again, some seconds after one has joined.

Headscale 0.28 keeps what it has yet to tell a device in a list that two threads may change at once: when several hosts
join within a second, one of them may never learn of another, and refuses its packets until the next change of the
policy, minutes or hours later. Seen in one bring-up of ten. SIGHUP makes it send the rules to all.
"""

import json
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from lab.hosts.process import Process

JOINED = b"Node connected"
"""What Headscale's log says of a device that has just come."""
PAUSES = (2.0, 6.0)
"""Seconds after a device has come, at which all are reminded: Headscale sends what it has gathered every 0.8 s."""
POLL = 0.5


@dataclass
class Reminder:
    """Watches the log of the Headscale whose record is `record`; both may not be there yet."""

    log: Path
    record: Path
    _read: int = 0
    _due: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Watch for ever. For a thread."""
        while True:
            self.look(time.monotonic())
            time.sleep(POLL)

    def look(self, now: float) -> None:
        """Note who has come since the last look, and remind everyone when it is time (`now` in seconds)."""
        if JOINED in self._news():
            self._due = [now + pause for pause in PAUSES]
        if self._due and now >= self._due[0]:
            self._due.pop(0)
            self._remind()

    def _news(self) -> bytes:
        try:
            size = self.log.stat().st_size
            self._read = min(self._read, size)  # a new lab's log starts anew
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
