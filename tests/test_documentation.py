"""What the documentation names exists: links, files, settings, `make` targets and commands of bin/lab."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.settings.kinds import kinds
from components.settings.reference import reference
from lab.cli import app
from tests.stack import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "lab/README.md", ROOT / "bench/README.md"])
pytestmark = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))

ROOM = r"(?:components|policies|lab|tests|docs|bench|bin|\.github|\.ci)/"
CITING_OTHERS = {"docs/lab-differences.md", "docs/versions.md"}
"""Pages that cite files of other repositories, too."""


def quoted(page: Path) -> Iterator[str]:
    """Each text in backticks, and each line of code."""
    text = page.read_text()
    yield from re.findall(r"`([^`\n]+)`", text)
    yield from re.findall(r"^(?: {4}|```\w*\n)(.+)$", text, re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The names by which GitHub knows a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def setting_patterns() -> list[re.Pattern[str]]:
    """One for each key of docs/settings.md and for each group of keys, in full. Any name may stand for NAME."""
    patterns, part = [], ""
    for line in reference().splitlines():
        if line.startswith("## "):
            part = line.removeprefix("## ")
        elif found := re.match(r"\| `([^`]+)` \|", line):
            keys = [re.escape(step).replace("NAME", r"[^.\s]+") for step in (part, *found[1].split("."))]
            patterns += [re.compile(r"\.".join(keys[:end])) for end in range(2, len(keys) + 1)]
    return patterns


def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


def test_files_exist(page: Path) -> None:
    if str(page.relative_to(ROOT)) in CITING_OTHERS:
        pytest.skip("cites files of other repositories")
    named = (path for text in quoted(page) for path in re.findall(rf"(?<![\w./-]){ROOM}[\w./-]*[\w/]", text))
    patterns = {re.sub(r"\b[A-Z]{3,}\b(?!\.md)", "*", path).rstrip("/") for path in named}
    assert sorted(path for path in patterns if not [*ROOT.glob(path), *page.parent.glob(path)]) == []


def test_settings_exist(page: Path) -> None:
    parts, known = "|".join(kinds()), setting_patterns()
    named = {
        text
        for quote in quoted(page)
        for text in re.findall(rf"(?<![\w.:/-])((?:{parts})\.[\w.-]*\w)(?![\w/(*])", quote)
        if not text.endswith((".py", ".sh", ".yaml", ".json", ".key", ".pem", ".service"))
    }
    unknown = {text for text in named if not any(one.fullmatch(text) for one in known)}
    assert sorted(unknown - {"apps.hello.secrets.TOKEN"}) == []


def test_make_targets_exist(page: Path) -> None:
    targets = set(re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split())  # type: ignore[index]
    named = {target for text in quoted(page) for target in re.findall(r"(?:^|[\s=])make ([a-z-]+)\b", text)}
    assert sorted(named - targets) == []


def test_commands_of_the_lab_exist(page: Path) -> None:
    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    named = {word for text in quoted(page) for word in re.findall(r"\bbin/lab ([a-z]+)\b", text)}
    assert sorted(named - commands - {"python"}) == []
