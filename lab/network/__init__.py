"""The lab's network: a namespace for each participant, and one router with packet filters between them."""

from lab.network.links import IPV6_GATEWAY, Link, interface_name
from lab.network.namespaces import (
    NetworkError,
    apply_filters,
    connect_host,
    create_network,
    delete_network,
    disconnect_host,
    lab_namespaces,
    namespace_command,
    network_exists,
    network_lock,
)
from lab.network.router import HOME, Attachment
from lab.network.rules import Rule

__all__ = [
    "HOME",
    "IPV6_GATEWAY",
    "Attachment",
    "Link",
    "NetworkError",
    "Rule",
    "apply_filters",
    "connect_host",
    "create_network",
    "delete_network",
    "disconnect_host",
    "interface_name",
    "lab_namespaces",
    "namespace_command",
    "network_exists",
    "network_lock",
]
