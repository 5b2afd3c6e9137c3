"""Reports hosts that the look could not examine: new ones that do not answer, and ones where it failed."""

from collections.abc import Iterator, Mapping, Set

from components.look.ask import NoAnswer, Result
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
