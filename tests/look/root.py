"""A folder in place of a host's files, for the parts of the look's script."""

from pathlib import Path

import pytest

from components.look.gather import reading


class Root:
    """A host's files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, **texts: str) -> None:
        """Files by path. A path that ends in a slash is a folder."""
        for path, text in texts.items():
            place = self.folder / path.lstrip("/")
            if path.endswith("/"):
                place.mkdir(parents=True)
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text)


def root_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Root:
    """An empty one, without programs."""
    monkeypatch.setattr(reading, "ROOT", str(folder))
    monkeypatch.setenv("PATH", str(folder / "bin"))
    return Root(folder)
