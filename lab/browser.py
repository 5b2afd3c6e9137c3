"""A visitor's browser, for tests: Debian's Chromium in a folder of the cache. It is not installed on this machine."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab.distribution.command import stopped
from lab.distribution.inputs import recipe_key
from lab.distribution.once import keep_latest, make_once, used
from lab.image.sources import RELEASE, debian_sources
from lab.lab import CACHE, DNS_ADDRESS, Lab
from lab.network import namespace_command
from lab.progress import Report

PACKAGES = ("ca-certificates", "chromium", "fonts-dejavu-core", "libnss3-tools")
SCRIPT = Path(__file__).with_name("browser.sh")
LOAD_FAILED = "Page load failed: "
SECONDS = 180
"""Time limit for one page on a busy machine."""


class BrowserError(RuntimeError):
    """The browser could not be prepared, or showed no page. The message is one line."""


@dataclass(frozen=True)
class Page:
    """A page as a visitor sees it."""

    document: str
    """HTML after the page's scripts have run."""
    picture: Path
    """PNG of 1280 by 800 pixels."""


@dataclass(frozen=True)
class Browser:
    """Chromium with one more trusted certificate authority."""

    folder: Path
    authority: Path
    """Its certificate, PEM."""

    def visit(self, lab: Lab, role: str, url: str, picture: Path) -> Page:
        """Opens a page in the network of one of the lab's roles, with the lab's name server, and takes a picture of it.

        Raises BrowserError, also when the server's certificate is not trusted or nobody answers.
        """
        picture.parent.mkdir(parents=True, exist_ok=True)
        arguments = [str(self.folder), url, str(picture), str(self.authority), DNS_ADDRESS]
        alone = ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "bash", str(SCRIPT), *arguments]
        try:
            result = subprocess.run(
                namespace_command(lab, role, alone),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise BrowserError(f"{url}: the browser showed nothing within {SECONDS} s") from None
        if result.returncode != 0:
            raise BrowserError(f"{url}: {refusal(result.stderr)}")
        return Page(result.stdout, picture)


def find_browser(report: Report, authority: Path, cache: Path = CACHE) -> Browser:
    """The browser. The first call downloads 100 MB, needs a minute, and adds 770 MB to the cache. Raises
    BrowserError."""
    folder = cache / "browser" / recipe_key([RELEASE, *PACKAGES])
    with report.begin("browser", f"unpacking Debian {RELEASE}'s Chromium") as task:
        if make_once(folder, lambda partial: _make(partial, cache / "log" / "browser.log"), stopped):
            keep_latest(path for path in (cache / "browser").iterdir() if path.is_dir())
        used(folder)
        task.done()
    return Browser(folder, authority)


def refusal(said: str) -> str:
    """The cause of a missing page, from the browser's log: net::ERR_… if it could not load it."""
    loads = [line.partition(LOAD_FAILED)[2] for line in said.splitlines() if LOAD_FAILED in line]
    return loads[-1] if loads else f"the browser failed: {_last_line(said)}"


def _make(folder: Path, log: Path) -> None:
    """Unpacks the packages without installing them: the browser needs no desktop setup."""
    sources = debian_sources()
    if not sources:
        raise BrowserError(f"this machine's apt has no source of Debian {RELEASE}'s main component")
    settings = folder / "apt.conf"
    settings.touch(mode=0o600)  # a proxy's password may be in it
    settings.write_text(
        subprocess.run(["apt-config", "dump", "Acquire"], check=True, capture_output=True, text=True).stdout
    )
    root = folder / "root"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        result = subprocess.run(
            [
                *("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--mount-proc"),
                *("--kill-child=KILL", "mmdebstrap", "--mode=root", "--variant=extract", "--format=directory"),
                f"--include={','.join(PACKAGES)}",
                f"--aptopt={settings}",
                *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "locale", "man")),
                *(RELEASE, str(root), *map(str, sources)),
            ],
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if result.returncode != 0:
        raise BrowserError(f"the browser could not be made: {_last_line(log.read_text(errors='replace'))} (log: {log})")
    settings.unlink()
    for path in root.iterdir():
        path.rename(folder / path.name)
    shutil.rmtree(root)


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
