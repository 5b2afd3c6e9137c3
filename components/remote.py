"""The only module that runs commands on hosts. A Step is one shell script for one host, run over SSH."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pulumi
from pulumi_command import remote

from components import rendering
from components.hosts.host import Host
from components.hosts.once import host_key_step, stack_name, verbs_step
from components.rendering import StepTarget

DIAL_ERRORS, DIAL_SECONDS = 60, 5  # gives up after 4 minutes of refused connections, or 9 without an answer
DIAL_MINUTES = 10
INPUTS = ["create", "delete", "update", "connection", "stdin", "triggers", "environment", "logging"]
"""Inputs of a command that may change."""
HOST_KEY = Path(__file__).parent / "hosts" / "host_key.sh"
MINUTES = 30
"""Scripts wait for services, for slow downloads and for other package managers. This is enough for all of them."""


@dataclass(frozen=True)
class StepArgs:
    """One script for one host. It runs at first, and again when anything here changes. So it must be idempotent."""

    host: Host
    script: Path | tuple[Path, ...]
    """One shell script, or several that run as one. They can use the verbs of `prelude.sh` and the variables HOST, STEP
    and those of `values` and `secrets`."""
    values: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Variables by name. Diffs, logs and errors show them."""
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Variables by name. Nothing shows them. The shell drops a newline at the end of one."""
    about: Host | None = None
    """Another host that must answer before the step can end. The step does not run while that host is off."""
    minutes: int = MINUTES
    """Time limit. The host ends the script after it."""


class Step(remote.Command):
    """Runs a script on a host. Its output is `stdout`, a secret. Use `pulumi.Output.unsecret` if it has no secret."""

    def __init__(self, name: str, args: StepArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        reason = args.host.seen.rerun_reasons.get(name)
        create = _render(name, args, {rendering.RERUN_REASON: reason} if reason else {})
        super().__init__(name, create=create, **_shared(args), opts=_options(args, opts))


class CleanupStep(remote.Command):
    """Undoes one or more steps: its script runs when this resource is deleted, and not before.

    The steps must depend on this resource. Then Pulumi removes them from the state before the script runs. If the
    script fails half-way and the steps come back, they are new to the state, so they run again. The script does not run
    when the host itself is deleted.
    """

    def __init__(
        self, name: str, args: StepArgs, undoes: Sequence[str], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """`undoes`: names of the steps. The host deletes its records of them."""
        delete = _render(name, args, {rendering.UNDOES: " ".join(undoes)})
        super().__init__(name, delete=delete, **_shared(args), opts=_options(args, opts))


class HostKeyStep(remote.Command):
    """Gives a new machine its own SSH host key, through the only connection that pins the key of its user data.

    It runs once for a machine, before the verbs. It can't run again later: the machine no longer shows the first key.
    """

    def __init__(
        self, host: Host, private_key: pulumi.Output[str], opts: pulumi.ResourceOptions, *, is_done: bool
    ) -> None:
        """`private_key`: in OpenSSH format. `is_done`: it stays as it is in the state, until the device changes."""
        name = host_key_step(host.name)
        create = rendering.run_alone(_target(host, name), HOST_KEY.read_text())
        args = StepArgs(host, (), minutes=1)
        once = pulumi.ResourceOptions(
            replacement_trigger=host.device,
            ignore_changes=INPUTS if is_done and not host.seen.is_new else None,
        )
        key: pulumi.Output[str] = pulumi.Output.secret(private_key)
        options = pulumi.ResourceOptions.merge(_options(args, opts), once)
        super().__init__(name, create=create, **(_shared(args) | {"stdin": key}), opts=options)


class Verbs(remote.Command):
    """Writes the file with the verbs to a host. Every step on the host depends on it. Use `with_verbs`."""

    def __init__(self, host: Host, opts: pulumi.ResourceOptions | None = None) -> None:
        name = verbs_step(host.name)
        create = rendering.put(_target(host, name), stack_name(), host.seen.rerun_reasons.get(name, ""))
        args = StepArgs(host, (), minutes=1)
        super().__init__(name, create=create, **_shared(args), opts=_options(args, opts))


class VerbsRemoval(remote.Command):
    """Removes the verbs from an existing machine that leaves the stack. Its own command uses no verb."""

    def __init__(self, host: Host, opts: pulumi.ResourceOptions | None = None) -> None:
        name = f"{host.name}-verbs-leave"
        args, delete = StepArgs(host, (), minutes=1), rendering.remove(_target(host, name))
        super().__init__(name, delete=delete, **_shared(args), opts=_options(args, opts))


def with_verbs(host: Host, parent: pulumi.Resource, opts: pulumi.ResourceOptions | None = None) -> Host:
    """The host, with the verbs. This is the first step on each host; `ready` names it."""
    child = pulumi.ResourceOptions.merge(pulumi.ResourceOptions(parent=parent), opts)
    before = [VerbsRemoval(host, child)] if host.machine is None else []
    verbs = Verbs(host, pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=before)))
    return replace(host, ready=(*host.ready, verbs))


def _render(name: str, args: StepArgs, own: Mapping[str, str]) -> pulumi.Output[str]:
    """The command of a step. `own`: further values, for step.sh and not for the script."""
    scripts = args.script if isinstance(args.script, tuple) else (args.script,)
    text = "\n".join(script.read_text() for script in scripts)
    command = partial(rendering.run, _target(args.host, name), text, secrets=tuple(args.secrets), minutes=args.minutes)
    if not args.values:
        return pulumi.Output.from_input(command(own))
    return pulumi.Output.all(**args.values).apply(lambda values: command({**values, **own}))


def _target(host: Host, step: str) -> StepTarget:
    login = host.connection
    return StepTarget(host.name, step, login.user, asks_password=login.sudo_password is not None)


def _shared(args: StepArgs) -> dict[str, Any]:
    """Inputs of every command on a host."""
    login = args.host.connection
    return {
        "connection": remote.ConnectionArgs(
            host=login.address,
            port=login.port,
            user=login.user,
            private_key=login.private_key,
            host_key=login.host_key,
            dial_error_limit=DIAL_ERRORS,
            per_dial_timeout=DIAL_SECONDS,
        ),
        "stdin": _stdin(args.secrets, login.sudo_password),
        "add_previous_output_in_env": False,
        "logging": remote.Logging.NONE,
    }


def _options(args: StepArgs, opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """The plugin applies the time limit only while it connects. The host itself ends a script that runs too long.

    The state keeps the old inputs of what a silent host was not told. So they differ again once it answers.
    """
    host, limit = args.host, f"{DIAL_MINUTES + args.minutes}m"
    silent = host.seen.silent or (args.about is not None and args.about.seen.silent)
    return pulumi.ResourceOptions.merge(
        pulumi.ResourceOptions(
            depends_on=list(host.ready),
            deleted_with=host.machine,
            retain_on_delete=host.lost,
            ignore_changes=INPUTS if silent else None,
            additional_secret_outputs=["stdout", "stderr"],
            custom_timeouts=pulumi.CustomTimeouts(create=limit, update=limit, delete=limit),
        ),
        opts,
    )


def _stdin(secrets: Mapping[str, pulumi.Input[str]], password: pulumi.Output[str] | None) -> pulumi.Output[str] | None:
    """The command's stdin: sudo's password, if sudo asks for one, and then the secrets."""
    if not secrets and password is None:
        return None
    lines = pulumi.Output.all(**secrets).apply(rendering.render_secrets) if secrets else pulumi.Output.from_input("")
    return pulumi.Output.secret(pulumi.Output.concat(password, "\n", lines) if password is not None else lines)
