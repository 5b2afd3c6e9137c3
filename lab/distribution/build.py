"""Builds the lab's programs from published Go modules: each once, into the cache, whole or not at all."""

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
"""Builds at a time: while one loads its sources or links, which takes one core at most, the other one compiles."""

_turns = Turns(TOGETHER)
_order = {name: number for number, name in enumerate(PROGRAMS)}


def build_programs(names: Iterable[str], report: Report, cache: Path = CACHE) -> dict[str, Path]:
    """The programs' files by name, built where the cache has none. Each is a static executable.

    May be called from several threads at once, say one for each of programs.GROUPS: programs are built in the order of
    programs.PROGRAMS whoever asks. Raises BuildError when a build fails, ValueError for an unknown name,
    RuntimeError without Go, and StoppedError after `stop_builds`. A build that ends in any other way leaves nothing
    behind, at the latest when the next one ends. Other builds that run when it raises go on, unless they are stopped.
    """
    wanted = list(names)
    shelf = Shelf(find_go(), cache)
    missing = needed(wanted, {program.name for program in with_parts(wanted) if shelf.file(program).exists()})
    if missing:
        with workshop(shelf.go, stopped, cache):
            _build_all([PROGRAMS[name] for name in missing if not PROGRAMS[name].parts], shelf, report)
            _build_all([PROGRAMS[name] for name in missing if PROGRAMS[name].parts], shelf, report)
    else:
        remove_leftovers(cache)
    files = {name: shelf.file(PROGRAMS[name]) for name in wanted}
    for file in files.values():
        used(file.parent)
    return files


def stop_builds() -> None:
    """Ends the running build and every later one of this process: for a command that was interrupted."""
    stop_running()


def needed(names: Iterable[str], present: set[str]) -> list[str]:
    """Which programs are still to be built, in order: a part is not needed when what carries it is there."""
    missing = {name for name in names if name not in present}
    parts = {part for name in missing for part in PROGRAMS[name].parts}
    return [name for name in PROGRAMS if name in missing | (parts - present)]


@dataclass(frozen=True)
class Shelf:
    """Where built programs are kept."""

    go: Go
    cache: Path

    def file(self, program: Program) -> Path:
        """The program's own place, whether it is there or not: a folder for every version and key."""
        key = program_key(program, self.go)
        return self.cache / "programs" / f"{program.name}-{program.version}-{key}" / program.name

    def variants(self, program: Program) -> list[Path]:
        """Folders of all builds of this program, of whatever version and key."""
        return [file.parent for file in (self.cache / "programs").glob(f"{program.name}-*/{program.name}")]


def _build_all(programs: Sequence[Program], shelf: Shelf, report: Report) -> None:
    """Builds programs that don't need each other, and raises the first error at once."""
    pool = ThreadPoolExecutor(TOGETHER, "build")
    try:
        for build in as_completed([pool.submit(_build, program, shelf, report) for program in programs]):
            build.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _build(program: Program, shelf: Shelf, report: Report) -> None:
    """Builds one program unless somebody else did while this one waited."""
    with (
        _turns.turn(_order[program.name], stopped),
        report.begin(f"{program.name} {program.version}", "waiting for another process", minor=True) as task,
        workshop(shelf.go, stopped, shelf.cache) as environment,  # its own, as its caller may have left already
    ):
        built = make_once(
            shelf.file(program).parent, lambda folder: _make(program, folder, shelf, environment, task), stopped
        )
        task.done("built" if built else "built by another process")
        keep_latest(shelf.variants(program))


def _make(program: Program, folder: Path, shelf: Shelf, environment: Mapping[str, str], task: Task) -> None:
    log = shelf.cache / "log" / f"{program.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        GoBuild(program, folder / program.name, environment, log).run(task)
    except BuildError as error:
        task.failed(str(error), log)
        raise
    if program.parts:
        task.now("putting its parts in")
        assemble(folder / program.name, {name: shelf.file(PROGRAMS[name]) for name in program.parts})
