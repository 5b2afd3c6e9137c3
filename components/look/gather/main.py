"""The end of the look's script: collects all facts, and prints them as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from components.look.gather.reading import NOTES


def main(*facts: Callable[[], Any]) -> None:
    """Prints each fact under its function's name, and under `unread` why some are not known, or not whole.

    Runs all functions at once: they mostly wait for programs.
    """
    with ThreadPoolExecutor(len(facts)) as pool:
        answers = {fact.__name__: pool.submit(_quietly, fact) for fact in facts}
    known = {name: answer.result() for name, answer in answers.items()}
    unread = {name: reason for name, (_, reason) in known.items() if reason}
    print(json.dumps({**{name: value for name, (value, _) in known.items()}, "unread": unread}))


def _quietly(fact: Callable[[], Any]) -> tuple[Any, str]:
    """The fact, and what went wrong. None if the function fails: an unusual host must not end the script."""
    NOTES.problems = []
    try:
        value = fact()
    except Exception as error:
        value = None
        NOTES.problems.append(f"of an error ({type(error).__name__}: {error})")
    return value, "; ".join(dict.fromkeys(NOTES.problems))
