"""Machines that are there already, at home or rented: reached once where they are, then by the tailnet like all."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from pathlib import Path

import pulumi

from components.hosts.args import HostsArgs
from components.hosts.host import DATA, Connection, Host, PublicAddresses
from components.hosts.joining import SCRIPT as JOIN
from components.hosts.joining import join_values
from components.remote import Step, StepArgs
from components.settings.hosts import ExistingHost as ExistingSettings
from components.tailnet import Device, DeviceArgs

HERE = Path(__file__).parent


def create(args: HostsArgs, hosts: Mapping[str, ExistingSettings]) -> dict[str, Host]:
    """The hosts that nobody has to make."""
    return {name: ExistingHost(name, ExistingHostArgs(args, settings)).host for name, settings in hosts.items()}


@dataclass(frozen=True)
class ExistingHostArgs:
    """What all hosts share, and the host's own settings."""

    shared: HostsArgs
    settings: ExistingSettings


class ExistingHost(pulumi.ComponentResource):
    """A machine that joined the tailnet by a step, or was in it: then it has the tag of hosts, and gets their name.

    The step logs in as the settings say, and makes the program's own user, who does all that comes after. A machine
    that is taken out of the settings is still there, so all steps are undone on it, this one last.
    """

    host: Host

    def __init__(self, name: str, args: ExistingHostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:hosts:ExistingHost", name, None, opts)
        wanted, shared = args.settings, args.shared
        settings, operator = shared.settings, shared.operator
        device = Device(name, DeviceArgs(shared.tailnet, name), pulumi.ResourceOptions(parent=self))
        host = Host(
            name=name,
            roles=frozenset(wanted.roles),
            labels=dict(wanted.labels),
            taints=wanted.taints,
            architecture=wanted.architecture,
            connection=_login(name, args),
            machine=None,
            lost=wanted.lost,
            ready=(),
            public=_public(wanted),
            storage_path=wanted.volume or f"{DATA}/storage",
            kept=_kept(wanted),
        )
        enrol = Step(
            f"{name}-enrol",
            StepArgs(
                host,
                (HERE / "enrol.sh", JOIN),
                {
                    "USER": operator.user,
                    "AUTHORIZED_KEY": operator.public_key,
                    "CERTIFICATES": "".join(settings.trust.certificates),
                    "ARCHITECTURE": wanted.architecture,
                    "NODE": "yes" if {"server", "agent"} & set(wanted.roles) else "no",
                    "MARKS": DATA,
                    "HOSTNAME": device.hostname,
                    **join_values(wanted.architecture, settings),
                },
                {"AUTH_KEY": device.auth_key},
                delete=HERE / "leave.sh",
            ),
            pulumi.ResourceOptions(parent=self, depends_on=[device]),
        )
        joined = Connection(
            address=device.address(after=[enrol]),
            user=operator.user,
            private_key=operator.private_key,
            host_key=host.connection.host_key,
        )
        self.host = replace(host, connection=joined, ready=(enrol,))
        self.register_outputs({"address": self.host.address})


def _login(name: str, args: ExistingHostArgs) -> Connection:
    """As the machine's owner does."""
    wanted, login = args.settings, args.shared.settings.logins[name]
    password = login.sudo_password
    return Connection(
        address=pulumi.Output.from_input(wanted.address),
        user=wanted.user,
        private_key=pulumi.Output.secret(login.private_key.get_secret_value()),
        host_key=pulumi.Output.from_input(wanted.host_key),
        port=wanted.port,
        sudo_password=pulumi.Output.secret(password.get_secret_value()) if password else None,
    )


def _kept(wanted: ExistingSettings) -> tuple[str, ...]:
    """Nothing that the program does deletes these: the machine is its owner's."""
    folders = {"storage": wanted.volume or f"{DATA}/storage", "database": "/var/lib/mysql-left-TIME"}
    return tuple(f"folder {folder}" for role, folder in folders.items() if role in wanted.roles)


def _public(wanted: ExistingSettings) -> PublicAddresses:
    """Where the owner's router passes visitors on."""
    if "ingress" not in wanted.roles or wanted.public_address is None:
        return PublicAddresses()
    address = pulumi.Output.from_input(str(wanted.public_address))
    if isinstance(wanted.public_address, IPv4Address):
        return PublicAddresses(ipv4=address)
    return PublicAddresses(ipv6=address)
