"""The rule for files beside the program's: they change how its services run, and no step knows them."""

from collections.abc import Iterator, Sequence

from components.look.facts import Facts
from components.look.wanted import WantedHost
from components.settings.errors import Finding


def settings_are_the_programs(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """Only a warning: the owner may want it so. No step removes a file that it did not write."""
    if facts.additions:
        yield Finding(wanted.key, has_additions(facts.additions), "warning")


def has_additions(files: Sequence[str]) -> str:
    """What is said of a host with such files."""
    return (
        f"has settings that no step wrote: {', '.join(files)}. They change how the program's services run. Remove them,"
        " unless you want them."
    )
