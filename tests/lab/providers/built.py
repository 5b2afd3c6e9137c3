"""The programs that tests of stand-ins run against: from PATH while one works on them, else the lab's own builds."""

import shutil
from pathlib import Path

from lab.distribution.build import build_programs
from lab.progress import Silence


def built(*names: str) -> dict[str, Path]:
    """Executables by name (of lab/distribution/programs.py)."""
    found = {name: path for name in names if (path := shutil.which(name))}
    missing = [name for name in names if name not in found]
    return {name: Path(path) for name, path in found.items()} | build_programs(missing, Silence())
