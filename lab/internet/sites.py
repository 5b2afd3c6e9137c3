"""What the lab's servers serve: a folder for each, filled as things are built, and a mark while more is to come."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.hosts.process import find_process, read_process, write_process
from lab.lab import Lab


def sites_folder(lab: Lab) -> Path:
    """Folder with what belongs to the lab's internet."""
    return lab.root / "internet"


def packages_site(lab: Lab) -> Path:
    """Debian packages; a link to the cache."""
    return sites_folder(lab) / "packages"


def mirror_site(lab: Lab) -> Path:
    """Publishers' files, under their host names."""
    return sites_folder(lab) / "mirror"


def registry_site(lab: Lab) -> Path:
    """Container images as a registry's pages, in the folder v2: a link to the cache for each image, by its name."""
    return sites_folder(lab) / "docker.io"


def link(site: Path, folder: Path) -> None:
    """Makes a site show a folder of the cache, in one step: requests meet the old one or the new one."""
    site.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = site.with_name(f".{site.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(folder)
    new.rename(site)


@contextmanager
def more_to_come(lab: Lab) -> Iterator[None]:
    """While this holds (and this process lives), a request for a file that is not there yet waits."""
    mark = _mark(lab)
    mark.parent.mkdir(mode=0o700, exist_ok=True)
    if me := find_process(os.getpid()):
        write_process(mark, me)
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def expects_more(lab: Lab) -> bool:
    """Whether somebody is still building what the sites lack."""
    builder = read_process(_mark(lab))
    return builder is not None and builder.running()


def _mark(lab: Lab) -> Path:
    return sites_folder(lab) / "building"
