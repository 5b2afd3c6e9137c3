"""The only door to pulumi_command: a Step is one shell script that makes something so on one host, over SSH."""

import base64
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pulumi
from pulumi_command import remote

from components.hosts.host import Host

PRELUDE = Path(__file__).parent / "prelude.sh"
DIAL_ERRORS, DIAL_SECONDS = 60, 5  # gives up after 4 minutes of refusals, or 9 of silence; a new path takes seconds
# Secrets come by stdin, a NAME=base64 a line: pulumi-command prints a command that failed in full, but not its stdin.
SECRETS = 'while IFS= read -r line; do printf -v "${line%%=*}" %s "$(base64 -d <<<"${line#*=}")"; done\n'


@dataclass(frozen=True)
class StepArgs:
    """One script for one host. It runs when it is new and again when anything here changes, so it must converge."""

    host: Host
    script: Path
    """Shell script; it finds the verbs of `prelude.sh`, the variables HOST and STEP, its values and its secrets."""
    values: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Variables by name. They are readable in a diff, a log and an error."""
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Variables by name that are readable nowhere. A newline at the end of one is lost, as ever in a shell."""
    delete: Path | None = None
    """Script that leaves, with the same variables; not run when the host goes too. None: there is nothing to leave."""


class Step(remote.Command):
    """A script run on a host. What it prints is `stdout`, a secret; take `pulumi.Output.unsecret` where it is none."""

    def __init__(self, name: str, args: StepArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        variables = pulumi.Output.all(HOST=args.host.name, STEP=name, **args.values)
        create = variables.apply(partial(render, args.script.read_text()))
        leave = variables.apply(partial(render, args.delete.read_text())) if args.delete else None
        login = args.host.connection
        super().__init__(
            name,
            connection=remote.ConnectionArgs(
                host=login.address,
                user=login.user,
                private_key=login.private_key,
                host_key=login.host_key,
                dial_error_limit=DIAL_ERRORS,
                per_dial_timeout=DIAL_SECONDS,
            ),
            create=create,
            update=create,
            delete=leave,
            stdin=_stdin(args.secrets) if args.secrets else None,
            add_previous_output_in_env=False,
            logging=remote.Logging.NONE,
            opts=pulumi.ResourceOptions.merge(
                pulumi.ResourceOptions(
                    depends_on=list(args.host.ready),
                    deleted_with=args.host.machine,
                    additional_secret_outputs=["stdout", "stderr"],
                ),
                opts,
            ),
        )


def render(script: str, values: Mapping[str, str]) -> str:
    """One command for the login shell that runs the script as root, with its variables and the prelude in front."""
    text = f"{assignments(values)}{SECRETS}{PRELUDE.read_text()}\n{script}"
    return f"""script=$(mktemp) && trap 'rm -f "$script"' EXIT && cat >"$script" <<'END_OF_STEP'
{text.rstrip()}
END_OF_STEP
sudo bash "$script"
"""


def assignments(values: Mapping[str, str]) -> str:
    """Shell variables, one a line and by name, each value quoted for the shell."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(values.items()))


def _stdin(secrets: Mapping[str, pulumi.Input[str]]) -> pulumi.Output[str]:
    return pulumi.Output.secret(pulumi.Output.all(**secrets).apply(render_secrets))


def render_secrets(secrets: Mapping[str, str]) -> str:
    """Secrets as the steps read them from stdin: NAME=base64, one a line and by name."""
    return "".join(f"{name}={base64.b64encode(value.encode()).decode()}\n" for name, value in sorted(secrets.items()))
