"""Joins files of Python into one program for hosts. A host's Python knows none of this project's packages."""

import ast
from collections.abc import Sequence
from pathlib import Path

BEGINNING = ("from __future__ import annotations", "import sys", "sys.dont_write_bytecode = True")


def joined(files: Sequence[Path], last: str) -> str:
    """One program: the files in order, without docstrings and imports of each other; then the line `last`."""
    statements = [one for file in files for one in ast.parse(file.read_text()).body if not _is_superfluous(one)]
    return "\n".join([*BEGINNING, *map(ast.unparse, statements), last, ""])


def _is_superfluous(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.ImportFrom):
        return (statement.module or "").startswith(("components.", "__future__"))
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
