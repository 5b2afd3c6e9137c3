"""The rule against exit nodes."""

from collections.abc import Iterator, Mapping
from typing import Any

from components.overlay import registry
from policies.exit_node.contents import contents
from policies.exit_node.script import statements
from policies.exit_node.sources import sources
from policies.exit_node.variables import expanded
from policies.known import known
from policies.rule import mandatory


def exit_nodes(kind: str, props: Mapping[str, Any]) -> Iterator[str]:
    """Each use or offer of an exit node in a resource's inputs, with its place. `kind` is the type token."""
    plain = known(props)
    for place, found in registry.exit_nodes_of_resource(kind, plain):
        yield f"{place} has {found}"
    for source in sources(kind, plain):
        for text in contents(source.text, source.file):
            for found in registry.exit_nodes_in_text(_as_run(text, source.given)):
                yield f"{source.place} has {found}"


def _as_run(text: str, given: Mapping[str, str]) -> str:
    """The text without what only mentions a flag. A script of the overlay also gets the values of its variables."""
    script = statements(text)
    return expanded(script, given) if registry.names_the_overlay(script) else script


def _reasons(kind: str, props: Mapping[str, Any]) -> Iterator[str]:
    for finding in exit_nodes(kind, props):
        yield f"{finding}. An exit node takes pods' packets away from the cluster. Remove it."


no_node_uses_or_offers_an_exit_node = mandatory(
    "no-node-uses-or-offers-an-exit-node", "No node of the cluster uses or offers an exit node.", _reasons
)
