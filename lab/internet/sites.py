"""The folders that the lab's web servers serve. A mark file says that files are still being built."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.hosts.process import find_process, read_process, write_process
from lab.lab import Lab


def sites_folder(lab: Lab) -> Path:
    """Folder with the files of the lab's internet."""
    return lab.root / "internet"


def packages_site(lab: Lab) -> Path:
    """Debian packages: a link to the cache."""
    return sites_folder(lab) / "packages"


def mirror_site(lab: Lab) -> Path:
    """The publishers' files, in a folder for each host name."""
    return sites_folder(lab) / "mirror"


def registry_site(lab: Lab) -> Path:
    """Container images, in the folder v2 as a registry serves them: for each image a link to the cache."""
    return sites_folder(lab) / "docker.io"


def link(site: Path, folder: Path) -> None:
    """Points a site at a folder of the cache, atomically: a request sees either the old folder or the new one."""
    site.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = site.with_name(f".{site.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(folder)
    new.rename(site)


@contextmanager
def more_to_come(lab: Lab) -> Iterator[None]:
    """In this context, requests for missing files wait. If this process dies, they stop waiting, too."""
    mark = _mark(lab)
    mark.parent.mkdir(mode=0o700, exist_ok=True)
    if me := find_process(os.getpid()):
        write_process(mark, me)
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def expects_more(lab: Lab) -> bool:
    """Whether a process is still building files for the sites."""
    builder = read_process(_mark(lab))
    return builder is not None and builder.running()


def _mark(lab: Lab) -> Path:
    return sites_folder(lab) / "building"
