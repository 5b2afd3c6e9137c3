"""A visitor of the sites: somewhere else in the internet, with its name server, and with trust in its authorities."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from lab.internet.visitor import Visitor as Network
from tests.end_to_end.running import RunningLab

STEADY = Path(__file__).parent / "steady_visits.py"


@dataclass(frozen=True)
class Answer:
    """What a site answered."""

    status: int
    """HTTP's, or 0 if there was no answer."""
    text: str

    def header(self, name: str) -> str:
        """What `whoami` saw under this name in the request; empty if it was not there."""
        lines = [line.partition(": ") for line in self.text.splitlines()]
        return next((value for key, _, value in lines if key.lower() == name.lower()), "")


@dataclass(frozen=True)
class Visits:
    """A loop of requests, as it went."""

    answers: tuple[tuple[float, int], ...]
    """When each was answered, in seconds since 1970, and the status; 0 for none."""

    @property
    def failed(self) -> list[tuple[float, int]]:
        """Those that a visitor would have noticed."""
        return [(when, status) for when, status in self.answers if status != 200]

    def longest_gap(self) -> float:
        """Seconds between two good answers, at most."""
        good = sorted(when for when, status in self.answers if status == 200)
        return max((later - earlier for earlier, later in pairwise(good)), default=float("inf"))


@dataclass(frozen=True)
class Visitor:
    """Asks for the sites of one lab."""

    lab: RunningLab
    domain: str

    def url(self, name: str, path: str = "/") -> str:
        """Of a site one label below the domain."""
        return f"https://{name}.{self.domain}{path}"

    @property
    def network(self) -> Network:
        """Where the visitor is, and whom it trusts."""
        return Network(self.lab.lab)

    def get(self, url: str, *options: str, seconds: float = 30) -> Answer:
        """Ask for a page by curl; no answer is one too."""
        ask = ["curl", "-sS", "--max-time", f"{seconds:g}", "-w", "\n%{http_code}", *options, url]
        done = self.network.run(ask, seconds=seconds + 10)
        text, _, status = done.stdout.rpartition("\n")
        return Answer(int(status), text) if done.returncode == 0 else Answer(0, done.stderr)

    @contextmanager
    def steadily(self, url: str, seconds: float) -> Iterator[list[Visits]]:
        """While the body runs, and for `seconds` at most, ask 10 times a second; the list has the result afterwards."""
        command = self.network.command([sys.executable, str(STEADY), url, f"{seconds:g}"])
        environment = self.network.environment()
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        result: list[Visits] = []
        try:
            yield result
            output, _ = process.communicate("", timeout=60)  # the end of its input ends it
        finally:
            process.kill()
            process.wait()
        lines = [json.loads(line) for line in output.splitlines()]
        result.append(Visits(tuple((line["at"], line["status"]) for line in lines)))


def origins(lab: RunningLab, hosts: list[str]) -> list[str]:
    """Public addresses of hosts, of both families, as URLs have them."""
    known = json.loads(lab.must("status", "--json"))["hosts"]
    return [address for host in hosts for address in (known[host]["public_address"], f"[{known[host]['public_ipv6']}]")]
