"""Stacks as a commit of before knew them: their files of that time, and the program of today run with them."""

from functools import cache
from pathlib import Path

from tests.conformity.program import run_program
from tests.conformity.stacks import settings_of, typed_in
from tests.engine import Run

FILES = tuple(sorted((Path(__file__).parent / "stacks_of_6886e0f").glob("*.yaml")))


@cache
def ran(file: Path) -> Run:
    """The program of today with a stack's file of before."""
    return run_program(typed_in(settings_of(file)), "test")
