"""Joins files of Python into one program for hosts. A host's Python knows none of this project's packages."""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

BEGINNING = ("from __future__ import annotations", "import sys", "sys.dont_write_bytecode = True")


def joined(files: Sequence[Path], last: str) -> str:
    """One program: the files in order, without docstrings and imports of each other; then the line `last`.

    Raises ValueError if two files give the same name to different things: the first would get the second's.
    """
    statements = [one for file in files for one in ast.parse(file.read_text()).body if not _is_superfluous(one)]
    twice = [name for name, times in Counter(name for one in statements for name in _names(one)).items() if times > 1]
    if twice:
        raise ValueError(f"two of {', '.join(file.name for file in files)} define {', '.join(twice)}: rename one")
    return "\n".join([*BEGINNING, *map(ast.unparse, statements), last, ""])


def _is_superfluous(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.ImportFrom):
        return (statement.module or "").startswith(("components.", "__future__"))
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _names(statement: ast.stmt) -> Iterator[str]:
    """What a statement defines, beside imports."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        yield statement.name
    if isinstance(statement, ast.Assign):
        yield from (one.id for target in statement.targets for one in ast.walk(target) if isinstance(one, ast.Name))
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        yield statement.target.id
