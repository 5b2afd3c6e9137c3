"""The computer as a cloud's machine room: hosts with their own kernel namespaces, systemd, sshd and cloud-init."""

from lab.hosts.lifecycle import (
    create_host,
    delete_host,
    host_command,
    list_hosts,
    run_in_host,
    set_firewall,
    start_host,
)
from lab.hosts.machine import check_machine
from lab.hosts.power import cut_power, reboot, stop_host
from lab.hosts.spec import HostSpec, HostState
from lab.hosts.store import HostError
from lab.hosts.teardown import delete_lab
from lab.network import Rule

__all__ = [
    "HostError",
    "HostSpec",
    "HostState",
    "Rule",
    "check_machine",
    "create_host",
    "cut_power",
    "delete_host",
    "delete_lab",
    "host_command",
    "list_hosts",
    "reboot",
    "run_in_host",
    "set_firewall",
    "start_host",
    "stop_host",
]
