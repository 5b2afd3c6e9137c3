"""Machines that exist already. The first step uses their own address. All later steps use the tailnet."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from pathlib import Path

import pulumi

from components.clouds.existing.host_settings import ExistingHost as ExistingSettings
from components.clouds.existing.logins import Login
from components.hosts.args import HostsArgs
from components.hosts.host import DATA, Connection, Host, PublicAddresses
from components.hosts.once import enrol_step
from components.hosts.ssh_login import SshLogin
from components.remote import CleanupStep, Step, StepArgs, with_verbs
from components.rendering import FOLDER

HERE = Path(__file__).parent


def create_hosts(
    args: HostsArgs, logins: Mapping[str, Login], hosts: Mapping[str, ExistingSettings]
) -> dict[str, Host]:
    """Hosts on existing machines."""
    return {
        name: ExistingHost(name, ExistingHostArgs(args, settings, logins[name])).host
        for name, settings in hosts.items()
    }


@dataclass(frozen=True)
class ExistingHostArgs:
    """What all hosts share, the host's own settings, and how to log in to it before it has joined."""

    shared: HostsArgs
    settings: ExistingSettings
    login: Login


class ExistingHost(pulumi.ComponentResource):
    """A machine that a step admits to the tailnet. A machine that is in it already must have the tag of hosts.

    The step `enrol` logs in as the settings say, and creates the program's own user. All later steps log in as that
    user. When a machine leaves the settings, it still runs. So all its steps are undone there, `enrol` last.
    """

    host: Host

    def __init__(self, name: str, args: ExistingHostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:hosts:ExistingHost", name, {"roles": sorted(args.settings.roles)}, opts)
        wanted, shared = args.settings, args.shared
        operator = shared.operator
        seen = shared.seen(name)
        place = shared.overlay.place(
            name,
            wanted.architecture,
            pulumi.ResourceOptions(parent=self),
            generation=seen.generation,
        )
        joining = place.enrolment
        host = Host(
            name=name,
            roles=frozenset(wanted.roles),
            labels=dict(wanted.labels),
            taints=wanted.taints,
            architecture=wanted.architecture,
            connection=_login(args, seen.way),
            device=place.device,
            machine=None,
            lost=wanted.lost,
            ready=(),
            public=_public(wanted),
            storage_path=wanted.volume or f"{DATA}/storage",
            own_login=SshLogin(wanted.address, wanted.port),
            kept=_kept(wanted),
            seen=seen,
        )
        host = with_verbs(host, self)
        children = pulumi.ResourceOptions(parent=self, depends_on=list(joining.after))
        on_each: dict[str, pulumi.Input[str]] = {
            "USER": operator.user,
            "STATE_FOLDER": DATA,
            "OVERLAY_UNIT": shared.overlay.facts.unit,
        }
        scripts = (*joining.leave, HERE / "certificates.sh", HERE / "leave.sh")
        goodbye = StepArgs(host, scripts, {**on_each, **joining.leave_values})
        if seen.way:
            goodbye = _later(goodbye)
        leave = CleanupStep(f"{name}-enrol-leave", goodbye, [enrol_step(name)], children)
        enrol = Step(
            enrol_step(name),
            StepArgs(
                host,
                (HERE / "certificates.sh", HERE / "enrol.sh", *joining.scripts),
                {
                    **on_each,
                    "AUTHORIZED_KEY": operator.public_key,
                    "CERTIFICATES": "".join(shared.trust.certificates),
                    "ARCHITECTURE": wanted.architecture,
                    "NODE": "yes" if {"server", "agent"} & set(wanted.roles) else "no",
                    **joining.values,
                },
                joining.secrets,
            ),
            pulumi.ResourceOptions.merge(children, pulumi.ResourceOptions(depends_on=[leave])),
        )
        joined = Connection(
            address=place.address(after=[enrol]),
            user=operator.user,
            private_key=operator.private_key,
            host_key=host.connection.host_key,
        )
        self.host = shared.overlay.update(replace(host, connection=joined, ready=(enrol,)), self)
        self.register_outputs({"address": self.host.address})


def _login(args: ExistingHostArgs, way: SshLogin | None) -> Connection:
    """The login of the machine's owner. `way`: where its SSH answers now. None: at the address in the settings."""
    wanted, login = args.settings, args.login
    password = login.sudo_password
    return Connection(
        address=pulumi.Output.from_input(way.address if way else wanted.address),
        user=wanted.user,
        private_key=pulumi.Output.secret(login.private_key.get_secret_value()),
        host_key=pulumi.Output.from_input(wanted.host_key),
        port=way.port if way else wanted.port,
        sudo_password=pulumi.Output.secret(password.get_secret_value()) if password else None,
    )


def _later(leave: StepArgs) -> StepArgs:
    """The same cleanup, started on the machine and run after the step: it ends the connection that the step needs."""
    scripts = leave.script if isinstance(leave.script, tuple) else (leave.script,)
    text = "\n".join(script.read_text() for script in scripts)
    names = " ".join(sorted(leave.values))
    values = {**leave.values, "NAMES": names, "LEAVE": text, "VERBS": FOLDER, "COPY": "/run/tailnet-k3s-leave.sh"}
    return replace(leave, script=HERE / "leave_later.sh", values=values)


def _kept(wanted: ExistingSettings) -> tuple[str, ...]:
    """Folders that the program never deletes, because the machine belongs to its owner."""
    return (f"folder {wanted.volume or f'{DATA}/storage'}",) if "storage" in wanted.roles else ()


def _public(wanted: ExistingSettings) -> PublicAddresses:
    """The address from which the owner's router forwards visitors."""
    if "ingress" not in wanted.roles or wanted.public_address is None:
        return PublicAddresses()
    address = pulumi.Output.from_input(str(wanted.public_address))
    if isinstance(wanted.public_address, IPv4Address):
        return PublicAddresses(ipv4=address)
    return PublicAddresses(ipv6=address)
