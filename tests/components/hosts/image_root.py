"""Runs scripts in the lab's image: a Debian system of their own to change, with its real programs, not started."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from components.rendering import render_secrets, verbs, words
from lab.image import build_image
from lab.progress import Silence

ENTER = """set -e
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root"
mount -t proc proc "$2/root/proc"
[ ! -e "$2/cgroups" ] || mount --bind "$2/cgroups" "$2/root/proc/cgroups"
root=$2/root
shift 2
export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
exec chroot "$root" /usr/bin/env -i "PATH=$PATH" bash /step.sh home-7 thing /step.sh "$@"
"""


@dataclass(frozen=True)
class ImageRoot:
    """One system, whose files stay from one run to the next."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> "ImageRoot":
        """A fresh one. `folder` is taken by it whole."""
        for name in ("upper/run/systemd/system", "upper/dev", "work", "root"):
            (folder / name).mkdir(parents=True)
        subprocess.run(["mknod", "-m", "666", str(folder / "upper/dev/null"), "c", "1", "3"], check=True)
        return cls(folder)

    def path(self, path: str) -> Path:
        """A file of the system that was changed or made; of others there is none here."""
        return self.folder / "upper" / path.lstrip("/")

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Puts a file into the system."""
        self.path(path).parent.mkdir(parents=True, exist_ok=True)
        self.path(path).write_text(text)
        self.path(path).chmod(mode)

    def run(
        self, script: str, values: Mapping[str, str] | None = None, secrets: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """What a script does there as the step `thing` of home-7, in a mount namespace that ends with it."""
        self.write("/step.sh", verbs())
        image = build_image(Silence())  # there already, unless nobody has brought up a lab yet
        command = ["unshare", "--mount", "bash", "-c", ENTER, "enter", str(image), str(self.folder)]
        command += words(script, values or {}, secrets or {})
        return subprocess.run(
            command, input=render_secrets(secrets or {}), capture_output=True, text=True, timeout=120, check=False
        )
