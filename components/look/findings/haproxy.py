"""The rule for HAProxy: nodes run the program's HAProxy, so they can't have another one."""

from collections.abc import Iterator

from components.look.facts import Facts
from components.look.wanted import Wanted
from components.settings.errors import Finding

OURS = ("k3s-registration", "datastore-writer", "ingress-ipv6")


def others(wanted: Wanted, facts: Facts) -> tuple[str, ...]:
    """The owner's HAProxy settings on a node: files that HAProxy would no longer read."""
    if not wanted.is_node or facts.haproxy is None or wanted.did(facts, *OURS):
        return ()
    return facts.haproxy.changed


def node_has_no_other_haproxy(wanted: Wanted, facts: Facts) -> Iterator[Finding]:
    """An HAProxy with the package's settings serves nothing, so the program may take it over."""
    if changed := others(wanted, facts):
        yield Finding(
            wanted.key,
            f"has an HAProxy with settings of its own ({', '.join(changed)}), but the program's would replace it."
            " Use another machine, or save them and run there: sudo apt-get purge haproxy; sudo rm -rf /etc/haproxy",
        )
