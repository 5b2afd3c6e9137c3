"""Builds and downloads for a lab, in the background. Code that needs a part waits for that part only."""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from lab.distribution.build import build_programs, stop_builds
from lab.distribution.documents import document_folders
from lab.distribution.images import IMAGES, image_folders
from lab.distribution.mirror import add_files, publish
from lab.distribution.packages import package_repository
from lab.distribution.programs import GROUPS
from lab.internet import link, mirror_site, more_to_come, packages_site, registry_site
from lab.lab import Lab
from lab.progress import Report

T = TypeVar("T")
Programs = Mapping[str, Path]
LAST_SECONDS = 5.0
"""Seconds for a stopped build to clean up."""


class Supplies:
    """The running builds for one lab, one thread each. `engine`, `tailnet` and `edge` are groups of programs.

    `k3s` ends when it is in the mirror. The settings pin its checksum, so the engine must wait for it.
    """

    def __init__(self, lab: Lab, report: Report) -> None:
        self._lab = lab
        self._report = report
        self._started: list[Future[Any]] = []
        self.engine: Future[Programs] = self._start(lambda: build_programs(GROUPS["engine"], report))
        self.tailnet: Future[Programs] = self._start(self._tailnet)
        self.edge: Future[Programs] = self._start(lambda: build_programs(GROUPS["edge"], report))
        self.k3s: Future[None] = self._start(self._k3s)
        self.packages: Future[None] = self._start(self._packages)
        self.cluster: tuple[Future[None], ...] = ()
        self._store: Future[Programs] | None = None

    def start_cluster(self) -> None:
        """Starts the builds of files that hosts download last: container images and their files.

        A download of a file that is not ready waits for that file only.
        """
        expectation = ExitStack()
        expectation.enter_context(more_to_come(self._lab))
        images = [partial(self._images, group) for group in IMAGES]
        parts: list[Callable[[], None]] = [self._documents, *images]
        lock, left = threading.Lock(), len(parts)

        def reported(make: Callable[[], None]) -> None:
            nonlocal left
            try:
                make()
            finally:
                with lock:
                    left -= 1
                    if not left:
                        expectation.close()

        self.cluster = tuple(self._start(partial(reported, make)) for make in parts)

    def store(self) -> Programs:
        """The programs of the store for backups, once they are built."""
        if self._store is None:
            self._store = self._start(lambda: build_programs(GROUPS["storage"], self._report))
        return self._store.result()

    def offer(self, group: str) -> Future[None]:
        """Starts the builds of a further group of programs. Ends when hosts can download them from the mirror."""
        return self._start(lambda: publish(build_programs(GROUPS[group], self._report), mirror_site(self._lab)))

    def failure(self) -> BaseException | None:
        """Errors of the builds that have ended so far."""
        return next((error for part in self._started if part.done() and (error := part.exception())), None)

    def wait(self, seconds: float | None = None) -> None:
        """Waits until all builds have ended, for a limited time."""
        wait(self._started, seconds)

    def _start(self, make: Callable[[], T]) -> Future[T]:
        """Runs in a thread that does not delay the end of an interrupted command."""
        part: Future[T] = Future()
        self._started.append(part)
        threading.Thread(target=_fulfil, args=(part, make), daemon=True).start()
        return part

    def _tailnet(self) -> Programs:
        programs = build_programs(GROUPS["tailnet"], self._report)
        publish(programs, mirror_site(self._lab))
        return programs

    def _k3s(self) -> None:
        publish(build_programs(GROUPS["k3s"], self._report), mirror_site(self._lab))

    def _images(self, group: str) -> None:
        for name, folder in image_folders(IMAGES[group], self._report).items():
            link(registry_site(self._lab) / "v2" / name, folder)

    def _documents(self) -> None:
        for folder in document_folders(self._report):
            add_files(folder, mirror_site(self._lab))

    def _packages(self) -> None:
        link(packages_site(self._lab), package_repository(self._report))


@contextmanager
def supplies(lab: Lab, report: Report) -> Iterator[Supplies]:
    """Runs the builds during the block. Stops running builds if the block fails."""
    builds = Supplies(lab, report)
    try:
        yield builds
        builds.wait()
    except BaseException:
        stop_builds()
        builds.wait(LAST_SECONDS)
        raise


def _fulfil(part: Future[T], make: Callable[[], T]) -> None:
    try:
        part.set_result(make())
    except BaseException as error:  # whoever waits for it gets it
        part.set_exception(error)
