"""Reports hosts that the look could not examine: new ones that do not answer, and ones where it failed, or all."""

from collections.abc import Iterator, Mapping, Set

from components.look.ask import NoAnswer, Result
from components.overlay.registry import OVERLAY
from components.settings.errors import Finding, path


def unreachable_hosts(results: Mapping[str, Result], new: Set[str], *, preview: bool) -> Iterator[Finding]:
    """`new`: hosts on which no step has run. The program changes nothing on a machine that it has never looked at.

    A preview only warns: it may run on a computer that can't reach a machine at home.
    """
    for host, result in results.items():
        if not isinstance(result, NoAnswer) or result.other_key:
            continue
        if result.is_up:
            yield Finding(path("hosts", host), f"is up, and can't be looked at: {result.reason}")
        elif host in new:
            yield Finding(
                path("hosts", host),
                f"does not answer: {result.reason}. Is it on? Are its address and port right in the settings?"
                " `pulumi up` changes nothing on a machine that it can't look at first.",
                "warning" if preview else "error",
            )


def nobody_answers(results: Mapping[str, Result], *, preview: bool) -> Iterator[Finding]:
    """All hosts are off, or this computer has no way to them. If `up` left all steps, it would look like a success."""
    if results and all(isinstance(result, NoAnswer) and not result.is_up for result in results.values()):
        yield Finding(
            "hosts",
            f"do not answer, not one of them. Is this computer in the tailnet (`{OVERLAY.status_command}`)? If all"
            " hosts are off, start one first.",
            "warning" if preview else "error",
        )
