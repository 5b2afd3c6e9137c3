"""The command line: up, preview, status, ssh, kubectl, visit, refresh, destroy, down. Started by bin/lab."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from lab.access import kubectl as become_kubectl
from lab.access import ssh as become_ssh
from lab.access import visit as become_visitor
from lab.backups import failures, last_backup
from lab.destroy import destroy as destroy_stack
from lab.down import take_down
from lab.engine import DEFAULT_STACK, Plan, Workspace, stack_of, summary
from lab.lab import DEFAULT_NAME, REPOSITORY, find_lab
from lab.progress import Silence, shown
from lab.refresh import refresh as refresh_state
from lab.status import Status, look, next_end, notes, table, trouble_lines
from lab.up import EngineFailedError, UpRequest, bring_up
from lab.up import preview as show_preview

app = typer.Typer(
    help="A tailnet-k3s cluster on this computer: hosts, tailnet, database, Kubernetes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
INTERRUPTED = 130
WIDE = 160


def valid_name(name: str) -> str:
    """The name of a lab. Raises typer.BadParameter, with what a name may be."""
    try:
        find_lab(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return name


Name = Annotated[
    str, typer.Option(callback=valid_name, help="Name of the lab. Several labs can be up at the same time.")
]
Stack = Annotated[
    str | None, typer.Option(help="Stack with the settings: Pulumi.STACK.yaml. Default: the stack of this lab, or lab.")
]
Settings = Annotated[Path | None, typer.Option(help="Settings of the stack in another file.")]
Replace = Annotated[list[str] | None, typer.Option(help="URN of a resource to replace, as of `pulumi up --replace`.")]
Words = Annotated[list[str] | None, typer.Argument(help="After --: a command and its arguments.")]
CurlOptions = Annotated[list[str] | None, typer.Argument(help="After --: options of curl.")]


@app.command()
def up(name: Name = DEFAULT_NAME, stack: Stack = None, settings: Settings = None, replace: Replace = None) -> None:
    """Bring the lab up, or apply changed settings."""
    request = _request(name, stack, settings, replace)
    with one_line_errors():
        with shown() as report:
            finished = bring_up(request, report)
        _print(look(request.workspace))
    typer.echo(summary(finished.changes))


@app.command()
def preview(
    name: Name = DEFAULT_NAME,
    stack: Stack = None,
    settings: Settings = None,
    replace: Replace = None,
    markdown: Annotated[Path | None, typer.Option(help="File for the comment that a pull request would get.")] = None,
) -> None:
    """Show what `up` would change. Changes no host."""
    lines: list[str] = []
    with one_line_errors(lambda: typer.echo("\n".join(lines))), shown() as report:
        request = _request(name, stack, settings, replace)
        finished = show_preview(request, Plan(lines.append), report)
        if markdown:
            markdown.write_text(request.workspace.comment.read_text())
    for line in lines:
        typer.echo(line)
    typer.echo(summary(finished.changes, planned=True))


@app.command()
def status(
    name: Name = DEFAULT_NAME,
    stack: Stack = None,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show the state of hosts, database and cluster."""
    workspace = _workspace(name, stack)
    with one_line_errors():
        if not workspace.lab.root.exists():
            raise typer.Exit(_say(f"there is no lab {name}: run bin/lab up"))
        seen = look(workspace)
    if json:
        typer.echo(seen.to_json())
    else:
        _print(seen)


@app.command()
def ssh(host: str, words: Words = None, name: Name = DEFAULT_NAME, stack: Stack = None) -> None:
    """Log in to a host over the tailnet, or run a command there. A single word is a line for the host's shell."""
    with one_line_errors():
        become_ssh(_workspace(name, stack), host, words or [])


@app.command()
def kubectl(words: Words = None, name: Name = DEFAULT_NAME, stack: Stack = None) -> None:
    """Run kubectl from the operator's computer, with the stack's kubeconfig."""
    with one_line_errors():
        become_kubectl(_workspace(name, stack), words or [], Silence())


@app.command()
def visit(url: str, options: CurlOptions = None, name: Name = DEFAULT_NAME) -> None:
    """Request a URL from the internet, through the edge. Prints status, headers and body."""
    with one_line_errors():
        become_visitor(find_lab(name), url, options or [])


@app.command()
def refresh(name: Name = DEFAULT_NAME, stack: Stack = None) -> None:
    """Ask the clouds what there is still, and note it in the stack's state. No host is touched."""
    with one_line_errors(), shown() as report:
        finished = refresh_state(_workspace(name, stack), report)
    typer.echo(summary(finished.changes))


@app.command()
def destroy(name: Name = DEFAULT_NAME, stack: Stack = None) -> None:
    """Destroy the stack's resources, except protected ones. The lab stays; `up` continues with it."""
    with one_line_errors(), shown() as report:
        destroyed = destroy_stack(_workspace(name, stack), report)
    for line in destroyed.lines():
        typer.echo(line)
    typer.echo(summary(destroyed.finished.changes))


@app.command()
def down(name: Name = DEFAULT_NAME) -> None:
    """Remove the lab. The cache of built programs stays."""
    with one_line_errors(), shown() as report:
        there = take_down(find_lab(name), report)
    if not there:
        typer.echo(f"there is no lab {name}")


@contextmanager
def one_line_errors(before: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Reports expected errors as one line, after `before`. Faults of the lab itself keep their traceback."""
    try:
        yield
    except KeyboardInterrupt:
        before()
        typer.echo("interrupted; run it again to go on", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except EngineFailedError:
        before()
        raise typer.Exit(1) from None
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "lab" and not isinstance(error, OSError):
            raise
        before()
        raise typer.Exit(_say(str(error))) from None


def _print(status: Status) -> None:
    """Prints the table, at full width if there is no terminal."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    console.print(table(status))
    if status.datastore:
        console.print(Text(f"datastore: {status.datastore}", "dim"))
    if line := next_end(status):
        console.print(Text(line, "dim"))
    if line := last_backup(status):
        console.print(Text(line, "dim"))
    for line in notes(status):
        console.print(Text(line, "yellow"))
    for line in [*trouble_lines(status), *failures(status)]:
        console.print(Text(line, "red"))


def _say(text: str) -> int:
    typer.echo(text, err=True)
    return 1


def _workspace(name: str, stack: str | None) -> Workspace:
    lab = find_lab(name)
    return Workspace(lab, stack or stack_of(lab) or DEFAULT_STACK)


def _request(name: str, stack: str | None, settings: Path | None, replace: list[str] | None) -> UpRequest:
    workspace = _workspace(name, stack)
    own = (settings or REPOSITORY / f"Pulumi.{workspace.stack}.yaml").resolve()
    return UpRequest(workspace, own, tuple(replace or ()))


def main() -> None:
    """Run the command line."""
    sys.argv[0] = "bin/lab"
    app(prog_name="bin/lab")
