"""Builds the lab's programs from published Go modules. Each is built once, into the cache, completely or not at all."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from lab.distribution.assemble import assemble
from lab.distribution.command import BuildError, GoBuild, stop_running, stopped
from lab.distribution.inputs import program_key
from lab.distribution.locks import Turns
from lab.distribution.once import keep_latest, make_once, used
from lab.distribution.programs import PROGRAMS, Program, with_parts
from lab.distribution.toolchain import Go, find_go, remove_leftovers, workshop
from lab.lab import CACHE
from lab.progress import Report, Task

TOGETHER = 2
"""How many builds run at once. While one loads its sources or links (on one core), the other one compiles."""

_turns = Turns(TOGETHER)
_order = {name: number for number, name in enumerate(PROGRAMS)}


def build_programs(names: Iterable[str], report: Report, cache: Path = CACHE) -> dict[str, Path]:
    """The programs' files by name. Builds those that are not in the cache. Each is a static executable.

    Several threads may call this at once, for example one for each of programs.GROUPS. Programs are always built in the
    order of programs.PROGRAMS. Raises BuildError when a build fails, ValueError for an unknown name, RuntimeError
    without Go, and StoppedError after `stop_builds`. If it raises, other running builds go on, unless they are stopped.
    Files of an interrupted build are removed when the next build ends, at the latest.
    """
    wanted = list(names)
    builds = GoBuilds(find_go(), cache)
    missing = needed(wanted, {program.name for program in with_parts(wanted) if builds.file(program).exists()})
    if missing:
        with workshop(builds.go, stopped, cache):
            _build_all([PROGRAMS[name] for name in missing if not PROGRAMS[name].parts], builds, report)
            _build_all([PROGRAMS[name] for name in missing if PROGRAMS[name].parts], builds, report)
    else:
        remove_leftovers(cache)
    files = {name: builds.file(PROGRAMS[name]) for name in wanted}
    for file in files.values():
        used(file.parent)
    return files


def stop_builds() -> None:
    """Ends all running and later builds of this process. For an interrupted command."""
    stop_running()


def needed(names: Iterable[str], present: set[str]) -> list[str]:
    """The programs to build, in order. A part is not needed if the program that contains it is built already."""
    missing = {name for name in names if name not in present}
    parts = {part for name in missing for part in PROGRAMS[name].parts}
    return [name for name in PROGRAMS if name in missing | (parts - present)]


@dataclass(frozen=True)
class GoBuilds:
    """The folders of built programs in the cache."""

    go: Go
    cache: Path

    def file(self, program: Program) -> Path:
        """The program's file, built or not. It has a folder of its own for each version and key."""
        key = program_key(program, self.go)
        return self.cache / "programs" / f"{program.name}-{program.version}-{key}" / program.name

    def variants(self, program: Program) -> list[Path]:
        """Folders of all builds of this program, with any version and key."""
        return [file.parent for file in (self.cache / "programs").glob(f"{program.name}-*/{program.name}")]


def _build_all(programs: Sequence[Program], builds: GoBuilds, report: Report) -> None:
    """Builds programs that do not depend on each other. Raises the first error at once."""
    pool = ThreadPoolExecutor(TOGETHER, "build")
    try:
        for build in as_completed([pool.submit(_build, program, builds, report) for program in programs]):
            build.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _build(program: Program, builds: GoBuilds, report: Report) -> None:
    """Builds one program, unless another process has built it meanwhile."""
    with (
        _turns.turn(_order[program.name], stopped),
        report.begin(f"{program.name} {program.version}", "waiting for another process", minor=True) as task,
        workshop(builds.go, stopped, builds.cache) as environment,  # its own, as its caller may have left already
    ):
        built = make_once(
            builds.file(program).parent, lambda folder: _make(program, folder, builds, environment, task), stopped
        )
        task.done("built" if built else "built by another process")
        keep_latest(builds.variants(program))


def _make(program: Program, folder: Path, builds: GoBuilds, environment: Mapping[str, str], task: Task) -> None:
    log = builds.cache / "log" / f"{program.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        GoBuild(program, folder / program.name, environment, log).run(task)
    except BuildError as error:
        task.failed(str(error), log)
        raise
    if program.parts:
        task.now("putting its parts in")
        assemble(folder / program.name, {name: builds.file(PROGRAMS[name]) for name in program.parts})
