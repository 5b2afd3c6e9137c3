"""`up` and `preview`: everything that the engine needs, in the order in which it needs it, then the engine."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.engine import (
    Finished,
    Operation,
    Plan,
    Progress,
    Start,
    Workspace,
    find_damage,
    hosts_of,
    install_plugins,
    merged,
    plain,
    prepare,
    repair,
    run_engine,
    settings_of,
    stack_of,
)
from lab.engine.messages import Message
from lab.homes import Homes, plan_homes
from lab.hosts import check_machine, list_hosts
from lab.internet import Internet, domains_of, start_edge, start_internet
from lab.lab import DNS_NAMES, REPOSITORY, Lab
from lab.network import create_network
from lab.progress import Report
from lab.supplies import Supplies, supplies
from lab.turn import Turn, turn

PYTHON = Path(sys.executable)


class UnfitError(Exception):
    """This machine can't run the lab; the message has a line for each reason."""


@dataclass(frozen=True)
class Wish:
    """Which stack, and the file with its settings."""

    workspace: Workspace
    settings: Path

    def own(self) -> dict[str, Any]:
        """The program's own settings by name."""
        return settings_of(self.settings, self.workspace.project_name)


def bring_up(wish: Wish, report: Report) -> Finished:
    """Make the lab what the settings say. Raises the errors of its parts, each one line, and KeyboardInterrupt."""
    lab = wish.workspace.lab
    _check(lab, wish)
    _open(lab)
    with turn(lab, report) as mine, supplies(lab, report) as making:
        homes = plan_homes(lab, wish.own())
        start = _make_ready(wish, homes, making, mine, report)
        making.start_cluster()
        making.packages.result()
        homes.create(report)
        progress = Progress(report, wish.workspace.log)
        try:
            finished = run(wish.workspace, start, "up", progress.show)
        finally:
            progress.close()
        if not finished.well:
            raise failure(finished, making)
        homes.remove_others(report)
    return finished


def preview(wish: Wish, plan: Plan, report: Report) -> Finished:
    """Show what `bring_up` would change. Makes the lab's network and its servers, but no host."""
    lab = wish.workspace.lab
    _check(lab, wish)
    _open(lab)
    with turn(lab, report) as mine, supplies(lab, report) as making:
        homes = plan_homes(lab, wish.own())
        start = _make_ready(wish, homes, making, mine, report)
        finished = run(wish.workspace, start, "preview", plan.show)
        if not finished.well:
            raise failure(finished, making)
    return finished


class EngineFailedError(Exception):
    """The engine said why already; there is nothing to add."""


def failure(finished: Finished, making: Supplies) -> BaseException:
    """What to tell the user: an interrupt, what could not be built, else nothing more than the engine has told."""
    if finished.interrupted:
        return KeyboardInterrupt()
    return making.failure() or EngineFailedError()


def _check(lab: Lab, wish: Wish) -> None:
    """Raises UnfitError. A lab whose hosts run has shown what the machine can do."""
    if not wish.settings.is_file():
        raise UnfitError(f"there are no settings {wish.settings}: name a stack that has some")
    stack, present = wish.workspace.stack, stack_of(lab, wish.workspace.program)
    if present not in (None, stack):  # what a state does not know of, `up` takes away
        raise UnfitError(
            f"lab {lab.name} has stack {present}, and a lab has one: give stack {stack} another, by --name"
        )
    if not wish.workspace.checkpoint.exists() and (problem := settings_problem(wish)):
        raise UnfitError(problem)
    if not any(host.running for host in list_hosts(lab)):
        wanted = hosts_of(wish.settings, wish.workspace.project_name)
        volumes = any(isinstance(host, dict) and host.get("volume_gb") for host in wanted.values())
        if reasons := check_machine(len(wanted), volumes=volumes):
            raise UnfitError("\n".join(["this machine can't run the lab:", *reasons]))


def _open(lab: Lab) -> None:
    """The lab's folder, for its owner only, as it holds keys."""
    lab.root.parent.mkdir(exist_ok=True)
    lab.root.mkdir(mode=0o700, exist_ok=True)
    lab.logs.mkdir(exist_ok=True)


def settings_problem(wish: Wish) -> str | None:
    """What the program would say to the settings. Asked before a first `up`, as minutes of building may come then."""
    if wish.workspace.program != REPOSITORY:
        return None
    from components.settings import Settings, SettingsError  # with Pulumi's SDK, which costs a second

    own = wish.own()
    homes = plan_homes(wish.workspace.lab, own)
    try:
        Settings.check(plain(merged(own, homes.settings())), wish.settings.name)
    except SettingsError as error:
        return str(error)
    return None


def _make_ready(wish: Wish, homes: Homes, making: Supplies, mine: Turn, report: Report) -> Start:
    """Network, servers, the engine's folder; what an earlier engine has left is put right."""
    workspace = wish.workspace
    internet = serve(workspace, making, report)
    start_edge(workspace.lab, making.edge.result()["edge"], domains_of(wish.own()), report)
    homes.keep()
    prepare(workspace, wish.settings, merged(lab_settings(internet), homes.settings()))
    install_plugins(workspace, making.engine.result()["pulumi"], PYTHON)
    if was_left_unfinished(workspace):
        repair(workspace, find_damage(workspace), report)
    return Start(workspace, PYTHON, internet.environment(), mine.descriptor)


def serve(workspace: Workspace, making: Supplies, report: Report) -> Internet:
    """The lab's network, and the servers that the engine and hosts talk to."""
    create_network(workspace.lab)
    tailnet = making.tailnet.result()
    return start_internet(workspace.lab, PYTHON, tailnet["headscale"], tailnet["tailscaled"], report)


def run(workspace: Workspace, start: Start, operation: Operation, show: Callable[[Message], None]) -> Finished:
    """Run the engine; if it does not end well, the next run looks for what it left."""
    marker = _marker(workspace)
    marker.touch()
    finished = run_engine(start, operation, show)
    if finished.well or (operation == "preview" and not finished.interrupted):
        marker.unlink()
    return finished


def was_left_unfinished(workspace: Workspace) -> bool:
    """Whether the last run did not end well."""
    return _marker(workspace).exists()


def _marker(workspace: Workspace) -> Path:
    return workspace.folder / "unfinished"


def lab_settings(internet: Internet) -> Mapping[str, Any]:
    """What a user behind a firewall would set: where the control server, downloads and images are, whom to trust."""
    return {
        "tailnet": {"control_server": internet.control_server},
        "trust": {"certificates": [internet.authority.read_text()]},
        "downloads": {"mirror": f"http://{_name('mirror')}"},
        "k3s": {"registries": {"docker.io": [f"http://{_name('registry')}"]}},
    }


def _name(service: str) -> str:
    return next(name for name in DNS_NAMES if name.startswith(f"{service}."))
