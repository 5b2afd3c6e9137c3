"""All rules, and a function that checks one resource against a rule. The policy pack and the program use both."""

from collections.abc import Mapping
from typing import Any

from pulumi_policy import ResourceValidationArgs, ResourceValidationPolicy

from policies.datastore import datastore_has_a_majority_and_one_writer, datastore_lets_no_stranger_in
from policies.downloads import every_download_is_checked
from policies.edge import names_of_sites_are_proxied
from policies.exit_node.rule import no_node_uses_or_offers_an_exit_node
from policies.host_keys import every_connection_pins_a_host_key
from policies.open_ports import no_tcp_port_is_open_to_everyone
from policies.pod_network import flannel_uses_the_overlay, no_ranges_overlap
from policies.sdk import unknown_checking_proxy

RULES = (
    no_node_uses_or_offers_an_exit_node,
    no_tcp_port_is_open_to_everyone,
    every_connection_pins_a_host_key,
    datastore_has_a_majority_and_one_writer,
    datastore_lets_no_stranger_in,
    flannel_uses_the_overlay,
    no_ranges_overlap,
    every_download_is_checked,
    names_of_sites_are_proxied,
)


def violations(rule: ResourceValidationPolicy, kind: str, name: str, props: Mapping[str, Any]) -> list[str]:
    """The messages of a rule about a resource with these inputs. `kind` is its type token."""
    found: list[str] = []
    args = ResourceValidationArgs(
        resource_type=kind,
        props=unknown_checking_proxy(dict(props)),
        urn=f"urn:pulumi:stack::tailnet-k3s::{kind}::{name}",
        name=name,
        opts=None,  # type: ignore[arg-type] # no rule asks for them
        provider=None,
    )
    assert callable(rule.validate)  # noqa: S101 -- the SDK also allows a list of functions
    rule.validate(args, lambda message, _urn: found.append(message))
    return found
