"""The only door to hosts: a Step is one shell script that makes something so on one host, over SSH."""

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
SUDO = 'sudo bash "$script"\n'
# sudo takes the first line of stdin and leaves the rest. Where it wants no password, nobody else may see that line.
SUDO_ASKING = """IFS= read -r password
if sudo -kn true 2>/dev/null; then
  sudo bash "$script"
elif printf '%s\\n' "$password" | sudo -kS -p '' true 2>/dev/null; then
  { printf '%s\\n' "$password" && cat; } | sudo -kS -p '' bash "$script"
else
  echo 'WHO: sudo refuses the password that the settings have for this user, or the user may not use sudo' >&2
  exit 1
fi
"""


@dataclass(frozen=True)
class StepArgs:
    """One script for one host. It runs when it is new and again when anything here changes, so it must converge."""

    host: Host
    script: Path | tuple[Path, ...]
    """Shell script, or some that run as one. It finds the verbs of `prelude.sh`, the variables HOST and STEP, its
    values and its secrets."""
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
        login = args.host.connection
        scripts = args.script if isinstance(args.script, tuple) else (args.script,)
        command = partial(render, asks_password=login.sudo_password is not None)
        create = variables.apply(partial(command, "\n".join(script.read_text() for script in scripts)))
        leave = variables.apply(partial(command, args.delete.read_text())) if args.delete else None
        super().__init__(
            name,
            connection=remote.ConnectionArgs(
                host=login.address,
                port=login.port,
                user=login.user,
                private_key=login.private_key,
                host_key=login.host_key,
                dial_error_limit=DIAL_ERRORS,
                per_dial_timeout=DIAL_SECONDS,
            ),
            create=create,
            update=create,
            delete=leave,
            stdin=_stdin(args.secrets, login.sudo_password),
            add_previous_output_in_env=False,
            logging=remote.Logging.NONE,
            opts=pulumi.ResourceOptions.merge(
                pulumi.ResourceOptions(
                    depends_on=list(args.host.ready),
                    deleted_with=args.host.machine,
                    retain_on_delete=args.host.lost,
                    additional_secret_outputs=["stdout", "stderr"],
                ),
                opts,
            ),
        )


def render(script: str, values: Mapping[str, str], asks_password: bool = False) -> str:
    """One command for the login shell that runs the script as root, with its variables and the prelude in front.

    With `asks_password` the first line of stdin is what sudo asks for.
    """
    text = f"{assignments(values)}{SECRETS}{PRELUDE.read_text()}\n{script}"
    return f"""script=$(mktemp) && trap 'rm -f "$script"' EXIT && cat >"$script" <<'END_OF_STEP'
{text.rstrip()}
END_OF_STEP
{SUDO_ASKING.replace("WHO", f"{values['HOST']} {values['STEP']}") if asks_password else SUDO}"""


def assignments(values: Mapping[str, str]) -> str:
    """Shell variables, one a line and by name, each value quoted for the shell."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(values.items()))


def _stdin(secrets: Mapping[str, pulumi.Input[str]], password: pulumi.Output[str] | None) -> pulumi.Output[str] | None:
    if not secrets and password is None:
        return None
    lines = pulumi.Output.all(**secrets).apply(render_secrets) if secrets else pulumi.Output.from_input("")
    return pulumi.Output.secret(pulumi.Output.concat(password, "\n", lines) if password is not None else lines)


def render_secrets(secrets: Mapping[str, str]) -> str:
    """Secrets as the steps read them from stdin: NAME=base64, one a line and by name."""
    return "".join(f"{name}={base64.b64encode(value.encode()).decode()}\n" for name, value in sorted(secrets.items()))
