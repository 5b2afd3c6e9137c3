"""Compares generated text with a file beside the test. After a change on purpose: `REGENERATE=1 make unit`."""

import os
from pathlib import Path


def check(fixture: Path, text: str) -> None:
    """Fails when the text is another than the file's; with REGENERATE=1 the file is written instead."""
    if os.environ.get("REGENERATE") == "1":
        fixture.parent.mkdir(exist_ok=True)
        fixture.write_text(text)
    assert fixture.exists(), f"{fixture} is not there; REGENERATE=1 writes it"
    assert text == fixture.read_text(), f"{fixture.name} has changed; REGENERATE=1 writes it anew, for review"
