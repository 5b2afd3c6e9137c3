"""`bin/lab up` and `preview`: prepare everything that the engine needs, and then run the engine."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.distribution.mirror import pinned_checksums
from lab.engine import (
    EngineLaunch,
    Finished,
    Operation,
    Plan,
    Progress,
    Workspace,
    find_leftovers,
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
from lab.internet import Internet, Store, domains_of, mirror_site, start_edge, start_internet, store_settings
from lab.lab import DNS_NAMES, REPOSITORY, Lab
from lab.lab_lock import LabLock, lab_lock
from lab.network import create_network
from lab.progress import Report
from lab.supplies import Supplies, supplies

PYTHON = Path(sys.executable)


class UnfitError(Exception):
    """This machine can't run the lab. The message has one line for each reason."""


@dataclass(frozen=True)
class UpRequest:
    """The stack, and the file with its settings."""

    workspace: Workspace
    settings: Path
    replace: tuple[str, ...] = ()
    """URNs of resources to replace, changed or not, as `pulumi up --replace` does."""

    def own(self) -> dict[str, Any]:
        """The program's settings by name."""
        return settings_of(self.settings, self.workspace.project_name)

    def has_etcd(self) -> bool:
        """Whether hosts download etcd."""
        datastore = self.own().get("datastore")
        return isinstance(datastore, dict) and datastore.get("kind") == "etcd"


def bring_up(request: UpRequest, report: Report) -> Finished:
    """Applies the settings to the lab. Raises the errors of its parts, each one line, and KeyboardInterrupt."""
    lab = request.workspace.lab
    _check(lab, request)
    _open(lab)
    with lab_lock(lab, report) as mine, supplies(lab, report) as builds:
        homes = plan_homes(lab, request.own())
        start = _make_ready(request, homes, builds, mine, report)
        builds.start_cluster()
        builds.packages.result()
        homes.create(report)
        finished = run_and_show(start, "up", builds, report)
        homes.remove_others(report)
    return finished


def preview(request: UpRequest, plan: Plan, report: Report) -> Finished:
    """Shows what `bring_up` would change. Creates the lab's network and servers, but no host."""
    lab = request.workspace.lab
    _check(lab, request)
    _open(lab)
    with lab_lock(lab, report) as mine, supplies(lab, report) as builds:
        homes = plan_homes(lab, request.own())
        start = _make_ready(request, homes, builds, mine, report)
        finished = run(request.workspace, start, "preview", plan.show)
        if not finished.well:
            raise failure(finished, builds)
    return finished


class EngineFailedError(Exception):
    """The engine failed, and has already shown the cause."""


def failure(finished: Finished, builds: Supplies) -> BaseException:
    """The error for the user: an interrupt, a failed build, or only that the engine has failed."""
    if finished.interrupted:
        return KeyboardInterrupt()
    return builds.failure() or EngineFailedError()


def _check(lab: Lab, request: UpRequest) -> None:
    """Raises UnfitError. Skips the checks of the machine if hosts of the lab run already."""
    if not request.settings.is_file():
        raise UnfitError(f"there are no settings {request.settings}: name a stack that has some")
    stack, present = request.workspace.stack, stack_of(lab, request.workspace.program)
    if present not in (None, stack):  # `up` removes hosts that the stack's state does not have
        raise UnfitError(
            f"lab {lab.name} has stack {present}, and a lab has one: give stack {stack} another, by --name"
        )
    if not request.workspace.checkpoint.exists() and (problem := settings_problem(request)):
        raise UnfitError(problem)
    if not any(host.running for host in list_hosts(lab)):
        wanted = hosts_of(request.settings, request.workspace.project_name)
        volumes = any(isinstance(host, dict) and host.get("volume_gb") for host in wanted.values())
        if reasons := check_machine(len(wanted), volumes=volumes):
            raise UnfitError("\n".join(["this machine can't run the lab:", *reasons]))


def _open(lab: Lab) -> None:
    """Creates the lab's folder. Only its owner can read it, because it contains keys."""
    lab.root.parent.mkdir(exist_ok=True)
    lab.root.mkdir(mode=0o700, exist_ok=True)
    lab.logs.mkdir(exist_ok=True)


def settings_problem(request: UpRequest) -> str | None:
    """Checks the settings as the program does. Runs before a first `up`, which may spend minutes on builds."""
    if request.workspace.program != REPOSITORY:
        return None
    from components.settings.errors import SettingsError
    from components.settings.load import Settings  # with Pulumi's SDK, which costs a second

    own = request.own()
    homes = plan_homes(request.workspace.lab, own)
    try:
        more = merged(homes.settings(), store_settings(request.workspace.lab, own))
        Settings.check(plain(merged(own, more)), request.settings.name)
    except SettingsError as error:
        return str(error)
    return None


def _make_ready(request: UpRequest, homes: Homes, builds: Supplies, mine: LabLock, report: Report) -> EngineLaunch:
    """Creates the network, the servers and the engine's folder. Repairs what an interrupted engine left."""
    workspace = request.workspace
    etcd = builds.offer("etcd") if request.has_etcd() else None
    internet = serve(workspace, builds, report)
    start_edge(workspace.lab, builds.edge.result()["edge"], domains_of(request.own()), report)
    if request.own().get("backup"):
        built = builds.store()
        Store(workspace.lab, built["minio"], built["mc"]).start(report)
    homes.keep()
    builds.k3s.result()
    if etcd:
        etcd.result()
    checksums = pinned_checksums(mirror_site(workspace.lab), etcd=etcd is not None)
    more = merged(homes.settings(), store_settings(workspace.lab, request.own()))
    prepare(workspace, request.settings, merged(lab_settings(internet, checksums), more))
    install_plugins(workspace, builds.engine.result()["pulumi"], PYTHON)
    if was_left_unfinished(workspace):
        repair(workspace, find_leftovers(workspace), report)
    return EngineLaunch(workspace, PYTHON, internet.environment(), mine.descriptor, request.replace)


def serve(workspace: Workspace, builds: Supplies, report: Report) -> Internet:
    """The lab's network, and the servers that the engine and hosts talk to."""
    create_network(workspace.lab)
    tailnet = builds.tailnet.result()
    return start_internet(workspace.lab, PYTHON, tailnet["headscale"], tailnet["tailscaled"], report)


def run_and_show(launch: EngineLaunch, operation: Operation, builds: Supplies, report: Report) -> Finished:
    """Run the engine, with a task for each of its operations. Raises what `failure` gives when it does not end well."""
    progress = Progress(report, launch.workspace.log)
    try:
        finished = run(launch.workspace, launch, operation, progress.show)
    finally:
        progress.close()
    if not finished.well:
        raise failure(finished, builds)
    return finished


def run(workspace: Workspace, start: EngineLaunch, operation: Operation, show: Callable[[Message], None]) -> Finished:
    """Runs the engine. If it fails, the next run looks for leftovers."""
    marker = _marker(workspace)
    marker.touch()
    finished = run_engine(start, operation, show)
    if finished.well or (operation == "preview" and not finished.interrupted):
        marker.unlink()
    return finished


def was_left_unfinished(workspace: Workspace) -> bool:
    """Whether the last run failed or was interrupted."""
    return _marker(workspace).exists()


def _marker(workspace: Workspace) -> Path:
    return workspace.folder / "unfinished"


def lab_settings(internet: Internet, checksums: Mapping[str, Mapping[str, str]]) -> Mapping[str, Any]:
    """Settings as for a user behind a firewall: control server, mirrors and trusted authorities of the lab."""
    return {
        "tailnet": {"control_server": internet.control_server, "sha256": dict(checksums["tailnet"])},
        "trust": {"certificates": [internet.authority.read_text()]},
        "downloads": {"mirror": f"http://{_name('mirror')}"},
        "k3s": {"registries": {"docker.io": [f"http://{_name('registry')}"]}, "sha256": dict(checksums["k3s"])},
        **({"datastore": {"sha256": dict(checksums["datastore"])}} if "datastore" in checksums else {}),
    }


def _name(service: str) -> str:
    return next(name for name in DNS_NAMES if name.startswith(f"{service}."))
