"""What is wrong in the values of a step, as the policy pack sees it: votes that can split, more than one writer.

It reads the files that the program itself writes, whole: the group's addresses, garbd's members, HAProxy's sections.
"""

import re
from collections.abc import Iterator, Mapping

GROUP = re.compile(r"^wsrep_cluster_address\s*=\s*gcomm://(?P<all>\S+)$", re.MULTILINE)
"""Every member, and the arbitrator."""
MEMBERS_OF_ARBITRATOR = re.compile(r'^GALERA_NODES="(?P<all>[^"]+)"$', re.MULTILINE)
TO_WRITER = re.compile(r"^listen (writer|databases)\n", re.MULTILINE)
SERVER = re.compile(r"^\s+server (?P<name>\S+) (?P<rest>.*)$", re.MULTILINE)
FEWEST_VOTES = 3


def wrong_in_step(values: Mapping[str, str]) -> Iterator[str]:
    """Each reason, with what to do. `values`: the step's values by name."""
    for text in values.values():
        if found := GROUP.search(text):
            yield from _wrong_votes(len(found["all"].split(",")))
        if found := MEMBERS_OF_ARBITRATOR.search(text):
            yield from _wrong_votes(len(found["all"].split()) + 1)
        if TO_WRITER.match(text):
            yield from _wrong_writers(text)


def _wrong_votes(votes: int) -> Iterator[str]:
    if votes < FEWEST_VOTES:
        yield f"Galera has {votes} votes, so it stops when one is lost. Have three or more members, or an arbitrator."
    elif votes % 2 == 0:
        yield (
            f"Galera has {votes} votes, which can split evenly: then no half takes writes. Add or remove an arbitrator"
            " or a member."
        )


def _wrong_writers(section: str) -> Iterator[str]:
    writers = [found["name"] for found in SERVER.finditer(section) if "backup" not in found["rest"].split()]
    if len(writers) > 1:
        yield (
            f"HAProxy sends writes to {' and '.join(writers)} at the same time, and they would conflict. Make all but"
            " one of them a `backup`."
        )
