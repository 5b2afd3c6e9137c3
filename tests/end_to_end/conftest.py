"""One lab for the whole end-to-end run, brought up the hard way: interrupted at several points on its way."""

import signal
import subprocess
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.engine import DEFAULT_STACK
from lab.engine.recovery import spent
from lab.engine.state import Recorded, resources
from lab.lab import REPOSITORY
from tests.end_to_end.evidence import evidence
from tests.end_to_end.running import UP_SECONDS, Finished, RunningLab
from tests.end_to_end.visitor import Visitor

# Where the first `up` is interrupted: while hosts are created, while the database forms, while k3s starts.
INTERRUPTIONS = (
    (r"oracle-2 .*(creating|created|instance)", signal.SIGKILL),
    (r"galera", signal.SIGINT),
    (r"k3s", signal.SIGKILL),
)

STACKS = Path(__file__).parent / "stacks"
"""Settings of stacks that are there for tests only."""
AWKWARD_LABELS = {"null": "1e3", "on": "no"}
AWKWARD_DATABASE = "null"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--use-lab NAME`: test a lab that is up already, and leave it up. For work on the tests themselves.

    `--stack NAME`: one that the project has, or one that is there for tests only.
    """
    parser.addoption("--use-lab", default="", help="name of a running lab to test instead of a new one")
    parser.addoption("--stack", default=DEFAULT_STACK, help="whose settings the lab has: see Pulumi.*.yaml")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the lab."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.lab)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails shows what the hosts say."""
    report = yield
    running = getattr(item, "funcargs", {}).get("lab")
    if report.when == "call" and report.failed and isinstance(running, RunningLab):
        report.sections.append(("hosts", evidence(running.lab)))
    return report


class Bringup:
    """What the interrupted runs and the last one printed, for the tests that judge them."""

    def __init__(self) -> None:
        self.interrupted: list[tuple[str, signal.Signals, Finished]] = []
        self.left: list[dict[str, str]] = []
        """What each interrupted run left in the state: ids by URN, without what the next run makes anew on purpose."""
        self.last: Finished | None = None
        self.outputs: list[str] = []


@pytest.fixture(scope="session")
def settings_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the stack's settings that tests may change, with names in it that YAML reads as something else.

    The first server, which holds the first database as well, is named 007. Labels and a database have names that a
    script, or a writer of YAML, could take for nothing, for true or for a number.
    """
    name = f"Pulumi.{request.config.getoption('--stack')}.yaml"
    copy = tmp_path_factory.mktemp("stack") / name
    text = next(folder / name for folder in (REPOSITORY, STACKS) if (folder / name).is_file()).read_text()
    if not request.config.getoption("--use-lab"):
        text = text.replace("azure-1:", '"007":')
        stack = yaml.safe_load(text)
        stack["config"]["tailnet-k3s:hosts"]["007"].setdefault("labels", {}).update(AWKWARD_LABELS)
        if kind_of(stack) == "galera":
            stack["config"].setdefault("tailnet-k3s:datastore", {})["databases"] = [AWKWARD_DATABASE]
        text = yaml.safe_dump(stack, sort_keys=False)
    copy.write_text(text)
    return copy


def kind_of(stack: dict[str, Any]) -> str:
    """The kind of datastore of a stack's file."""
    return str(stack["config"].get("tailnet-k3s:datastore", {}).get("kind", "galera"))


@pytest.fixture(scope="session")
def datastore(settings_file: Path) -> str:
    """The kind of datastore, as the settings name it."""
    return kind_of(yaml.safe_load(settings_file.read_text()))


@pytest.fixture(scope="session")
def bringup() -> Bringup:
    """The record of how the lab came up; filled by the fixture `lab`."""
    return Bringup()


@pytest.fixture(scope="session")
def lab(request: pytest.FixtureRequest, settings_file: Path, bringup: Bringup) -> Iterator[RunningLab]:
    """A running lab, from nothing, that was interrupted on its way up; nothing is left of it afterwards.

    Interrupted with the lab's own stack only: that another one converges as well, it needs not show.
    """
    name, stack = str(request.config.getoption("--use-lab")), str(request.config.getoption("--stack"))
    running = RunningLab(name or "e2e", settings_file, stack)
    if name:
        yield running
        return
    running.must("down")
    try:
        for moment, number in INTERRUPTIONS if stack == DEFAULT_STACK else ():
            bringup.interrupted.append((moment, number, running.interrupted_up(moment, number)))
            recorded = resources(running.workspace)
            again = made_again(recorded)
            bringup.left.append({each.urn: each.id for each in recorded if each.custom and each.urn not in again})
        bringup.last = running.run("up", seconds=UP_SECONDS)
        bringup.outputs = [run.output for _, _, run in bringup.interrupted] + [bringup.last.output]
        if bringup.last.status != 0:  # once for all tests, which have nothing to test
            tail = "\n".join(bringup.last.output.splitlines()[-40:])
            pytest.exit(f"the last up failed:\n{tail}\n{evidence(running.lab)}", returncode=1)
        yield running
    finally:
        running.must("down")


def made_again(recorded: Sequence[Recorded]) -> set[str]:
    """URNs of what the next run makes anew on purpose: keys of the tailnet that may be used up, and with each one the
    SSH host key for the first connection, which is that of one machine only."""
    again = set(spent(recorded))
    first_keys = {f"{urn.rpartition('::')[2]}-first" for urn in again}
    return again | {each.urn for each in recorded if each.urn.rpartition("::")[2] in first_keys}


@pytest.fixture(scope="session")
def hosts(settings_file: Path) -> dict[str, list[str]]:
    """Roles of each host by its name, in the order in which the program knows them: that of their names."""
    config = yaml.safe_load(settings_file.read_text())["config"]
    return {name: host["roles"] for name, host in sorted(config["tailnet-k3s:hosts"].items())}


@pytest.fixture(scope="session")
def ingress_hosts(hosts: dict[str, list[str]]) -> list[str]:
    """Names of the hosts that visitors' requests come in by."""
    return [name for name, roles in hosts.items() if "ingress" in roles]


@pytest.fixture(scope="session")
def visitor(lab: RunningLab, settings_file: Path) -> Visitor:
    """Somebody elsewhere in the internet."""
    config = yaml.safe_load(settings_file.read_text())["config"]
    return Visitor(lab, config["tailnet-k3s:edge"]["domain"])


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Folder of what a run leaves for people to look at."""
    folder = REPOSITORY / "test-results"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Shows a measured value to who watches the run, and in CI's log."""

    def show(text: str) -> None:
        with capsys.disabled():
            print(f"\n  {text}")

    return show


@pytest.fixture(scope="session")
def members(hosts: dict[str, list[str]]) -> list[str]:
    """Names of the database hosts, the writer first."""
    return [name for name, roles in hosts.items() if "database" in roles]


def leftovers() -> set[str]:
    """Namespaces, mounts, processes and cgroups of the lab under test, as the machine shows them."""
    lab = RunningLab("e2e", Path("/")).lab
    found = {f"namespace {path.name}" for path in Path("/run/netns").glob(f"{lab.id}.*")}
    found |= {f"mount {line}" for line in Path("/proc/self/mounts").read_text().splitlines() if str(lab.root) in line}
    found |= {f"cgroup {path}" for path in Path("/sys/fs/cgroup").rglob(f"*{lab.id}*")}
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    found |= {f"process {line.strip()}" for line in listed.splitlines() if str(lab.root) in line}
    return found
