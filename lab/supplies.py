"""Everything that a lab needs to be built or downloaded, made beside the rest: who needs a part waits for that part."""

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
"""For a stopped build to clean up after itself."""


class Supplies:
    """What is being made for one lab, each part by a thread. `engine`, `tailnet` and `edge` are groups of programs."""

    def __init__(self, lab: Lab, report: Report) -> None:
        self._lab = lab
        self._report = report
        self._started: list[Future[Any]] = []
        self.engine: Future[Programs] = self._start(lambda: build_programs(GROUPS["engine"], report))
        self.tailnet: Future[Programs] = self._start(self._tailnet)
        self.edge: Future[Programs] = self._start(lambda: build_programs(GROUPS["edge"], report))
        self.packages: Future[None] = self._start(self._packages)
        self.cluster: tuple[Future[None], ...] = ()

    def start_cluster(self) -> None:
        """Make what hosts download last: k3s, and images and files of what runs in the cluster, in that order.

        Who asks for a file of these before it is there has to wait, for that one only.
        """
        expectation = ExitStack()
        expectation.enter_context(more_to_come(self._lab))
        images = [partial(self._images, group) for group in IMAGES]
        parts: list[Callable[[], None]] = [self._documents, self._k3s, *images]
        lock, left = threading.Lock(), len(parts)

        def making(make: Callable[[], None]) -> None:
            nonlocal left
            try:
                make()
            finally:
                with lock:
                    left -= 1
                    if not left:
                        expectation.close()

        self.cluster = tuple(self._start(partial(making, make)) for make in parts)

    def failure(self) -> BaseException | None:
        """Why something could not be made, of what has ended so far."""
        return next((error for part in self._started if part.done() and (error := part.exception())), None)

    def wait(self, seconds: float | None = None) -> None:
        """Until all that was started has ended, well or not, at most so long."""
        wait(self._started, seconds)

    def _start(self, make: Callable[[], T]) -> Future[T]:
        """In a thread that does not hold up the end of an interrupted command; what it runs ends with it."""
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
    """Make them for the block, which waits for what it needs. If it ends by an error, running builds are stopped."""
    making = Supplies(lab, report)
    try:
        yield making
        making.wait()
    except BaseException:
        stop_builds()
        making.wait(LAST_SECONDS)
        raise


def _fulfil(part: Future[T], make: Callable[[], T]) -> None:
    try:
        part.set_result(make())
    except BaseException as error:  # whoever waits for it gets it
        part.set_exception(error)
