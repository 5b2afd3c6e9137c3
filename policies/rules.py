"""All rules, and a function that checks one resource against a rule. The policy pack and the program use both."""

from collections.abc import Mapping
from typing import Any

from pulumi_policy import PolicyCustomTimeouts, PolicyResourceOptions, ResourceValidationArgs, ResourceValidationPolicy

from policies.certificates import certificates_last_a_month
from policies.data import data_of_pods_is_kept, volumes_are_protected
from policies.datastore import datastore_has_a_majority_and_one_writer, datastore_lets_no_stranger_in
from policies.downloads import every_download_is_checked
from policies.edge import names_of_sites_are_proxied
from policies.exit_node.rule import no_node_uses_or_offers_an_exit_node
from policies.host_keys import every_connection_pins_a_host_key
from policies.images import no_app_has_a_moving_image, no_image_has_a_moving_tag
from policies.listeners import services_listen_in_the_overlay_only
from policies.open_ports import no_tcp_port_is_open_to_everyone
from policies.plain_text import no_secret_is_in_plain_text
from policies.pod_network import flannel_uses_the_overlay, no_ranges_overlap
from policies.sdk import unknown_checking_proxy

RULES = (
    no_node_uses_or_offers_an_exit_node,
    no_tcp_port_is_open_to_everyone,
    every_connection_pins_a_host_key,
    no_secret_is_in_plain_text,
    datastore_has_a_majority_and_one_writer,
    datastore_lets_no_stranger_in,
    services_listen_in_the_overlay_only,
    volumes_are_protected,
    data_of_pods_is_kept,
    flannel_uses_the_overlay,
    no_ranges_overlap,
    every_download_is_checked,
    no_image_has_a_moving_tag,
    names_of_sites_are_proxied,
)
"""They stop a preview or an update."""
ADVICE = (no_app_has_a_moving_image, certificates_last_a_month)
"""They stop nothing. The pack alone has them."""


def violations(
    rule: ResourceValidationPolicy,
    kind: str,
    name: str,
    props: Mapping[str, Any],
    *,
    parents: str = "",
    protect: bool = False,
) -> list[str]:
    """The messages of a rule about a resource with these inputs and its option `protect`.

    `kind` is its type token. `parents`: those of its parents, the outermost first, with `$` between.
    """
    found: list[str] = []
    types = f"{parents}${kind}" if parents else kind
    args = ResourceValidationArgs(
        resource_type=kind,
        props=unknown_checking_proxy(dict(props)),
        urn=f"urn:pulumi:stack::tailnet-k3s::{types}::{name}",
        name=name,
        opts=PolicyResourceOptions(protect, [], None, [], PolicyCustomTimeouts(0, 0, 0), [], None),
        provider=None,
    )
    assert callable(rule.validate)  # noqa: S101 -- the SDK also allows a list of functions
    rule.validate(args, lambda message, _urn: found.append(message))
    return found
