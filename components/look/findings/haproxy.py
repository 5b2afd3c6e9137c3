"""The rule for HAProxy: nodes run the program's HAProxy, so they can't have another one."""

from collections.abc import Iterator

from components.look.facts import Facts
from components.look.services import service_steps
from components.look.wanted import WantedHost
from components.settings.errors import Finding

UNIT = "haproxy.service"
VISITORS_STEP = "ingress-ipv6"
"""Gives HAProxy the ports of visitors, on some hosts with the role `ingress`."""


def is_ours(wanted: WantedHost, facts: Facts) -> bool:
    """Whether a step has set up the HAProxy that runs there."""
    return wanted.did(facts, VISITORS_STEP, *service_steps(wanted, UNIT))


def others(wanted: WantedHost, facts: Facts) -> tuple[str, ...]:
    """The owner's HAProxy settings on a node: files that HAProxy would no longer read."""
    if not wanted.is_node or facts.haproxy is None or is_ours(wanted, facts):
        return ()
    return facts.haproxy.changed


def node_has_no_other_haproxy(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """An HAProxy with the package's settings serves nothing, so the program may take it over."""
    if changed := others(wanted, facts):
        yield Finding(
            wanted.key,
            f"has an HAProxy with settings of its own ({', '.join(changed)}), but the program's would replace it."
            " Use another machine, or save them and run there: sudo apt-get purge haproxy; sudo rm -rf /etc/haproxy",
        )
