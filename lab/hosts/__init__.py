"""Hosts of the lab: machines with their own kernel namespaces, systemd, sshd and cloud-init."""

from lab.hosts.lifecycle import (
    attach_volume,
    create_host,
    delete_host,
    detach_volume,
    host_command,
    list_hosts,
    run_in_host,
    set_firewall,
    set_public_addresses,
    start_host,
)
from lab.hosts.machine import check_machine
from lab.hosts.power import cut_power, reboot, stop_host
from lab.hosts.spec import AttachedVolume, HostSpec, HostState
from lab.hosts.store import DifferentHostError, HostError
from lab.hosts.teardown import delete_lab
from lab.hosts.volumes import VolumeState, create_volume, delete_volume, grow_volume, list_volumes
from lab.network import HOME, Rule

__all__ = [
    "HOME",
    "AttachedVolume",
    "DifferentHostError",
    "HostError",
    "HostSpec",
    "HostState",
    "Rule",
    "VolumeState",
    "attach_volume",
    "check_machine",
    "create_host",
    "create_volume",
    "cut_power",
    "delete_host",
    "delete_lab",
    "delete_volume",
    "detach_volume",
    "grow_volume",
    "host_command",
    "list_hosts",
    "list_volumes",
    "reboot",
    "run_in_host",
    "set_firewall",
    "set_public_addresses",
    "start_host",
    "stop_host",
]
