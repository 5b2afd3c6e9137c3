"""Where this machine gets its own Debian packages from: the image is made from the same places, whatever they are."""

import re
from pathlib import Path

RELEASE = "bookworm"
_SUITES = {RELEASE, f"{RELEASE}-updates", f"{RELEASE}-security"}


def debian_sources(etc_apt: Path = Path("/etc/apt")) -> tuple[Path, ...]:
    """Files of this machine's apt configuration that name RELEASE's main component. Empty if there is none."""
    files = [etc_apt / "sources.list", *sorted((etc_apt / "sources.list.d").glob("*"))]
    return tuple(file for file in files if file.is_file() and _offers_release(file))


def _offers_release(file: Path) -> bool:
    lines = [line for line in file.read_text().splitlines() if not line.lstrip().startswith("#")]
    if file.suffix == ".sources":
        return any(_stanza_offers_release(stanza) for stanza in re.split(r"\n\s*\n", "\n".join(lines)))
    return file.suffix == ".list" and any(_line_offers_release(line) for line in lines)


def _stanza_offers_release(stanza: str) -> bool:
    fields = {key.lower(): value.split() for key, _, value in (line.partition(":") for line in stanza.splitlines())}
    enabled = fields.get("enabled", ["yes"]) != ["no"]
    return enabled and bool(_SUITES & set(fields.get("suites", []))) and "main" in fields.get("components", [])


def _line_offers_release(line: str) -> bool:
    words = re.sub(r"\[[^]]*\]", "", line).split()
    return len(words) >= 4 and words[0] == "deb" and words[2] in _SUITES and "main" in words[3:]
