"""Rules for the datastore. The datastore's kind has them in its own folder."""

from collections.abc import Iterator, Mapping

from components.datastore.registry import DATASTORES
from components.look.facts import Facts
from components.look.wanted import WantedHost
from components.settings.errors import Finding


def host_suits_the_datastore(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """The kind's rules for one host."""
    yield from DATASTORES[wanted.datastore.kind].look.findings(wanted, facts)


def hosts_suit_one_datastore(wanted: Mapping[str, WantedHost], facts: Mapping[str, Facts]) -> Iterator[Finding]:
    """The kind's rules that compare all hosts."""
    for kind in dict.fromkeys(host.datastore.kind for host in wanted.values()):
        yield from DATASTORES[kind].look.comparisons(wanted, facts)
