"""Joins the parts in gather/ into one script. The look sends it to a host, where root runs it as `python3 -`."""

import ast
from functools import cache
from pathlib import Path

from components.datastore.registry import DATASTORES
from components.look.facts import Facts
from components.overlay.registry import OVERLAY

HERE = Path(__file__).parent / "gather"
PARTS = (
    *("reading", "system", "kernel", "network", "software", "certificates", "backup"),
    *("clusters", "nodes", "firewall", "additions", "main"),
)
FACTS = tuple(name for name, field in Facts.model_fields.items() if field.is_required())
"""Names of facts. The script has a function of the same name for each."""

BEGINNING = (
    "from __future__ import annotations",
    "import sys",
    "sys.path[:] = [folder for folder in sys.path if folder]  # import nothing from the working directory",
    "sys.dont_write_bytecode = True",
)


def certificates_of_datastores() -> tuple[str, ...]:
    """Patterns of paths of their certificates on hosts."""
    return tuple(pattern for kind in DATASTORES.values() for pattern in kind.look.certificates)


@cache
def gather_script() -> str:
    """The script. Needs Python 3.9 or newer and its standard library. Changes nothing. Prints Facts as JSON."""
    datastores = {name: kind.look.gather for name, kind in DATASTORES.items() if kind.look.gather}
    files = (*(HERE / f"{name}.py" for name in PARTS), OVERLAY.look.gather, *datastores.values())
    parts = [ast.parse(file.read_text()) for file in files]
    statements = [ast.unparse(statement) for part in parts for statement in part.body if not _is_superfluous(statement)]
    folders = [kind.look.folder.path for kind in DATASTORES.values() if kind.look.folder]
    settings = [pattern for kind in DATASTORES.values() for pattern in kind.look.settings]
    of_datastores = (
        f"FOLDERS += {tuple(folders)!r}",
        f"CERTIFICATES += {certificates_of_datastores()!r}",
        f"SETTINGS += {(*settings, f'/etc/systemd/system/{OVERLAY.unit}.d/*.conf')!r}",
        f"def datastores():\n    return {{{', '.join(f'{name!r}: {name}()' for name in datastores)}}}",
    )
    return "\n".join([*BEGINNING, *statements, *of_datastores, f"main({', '.join(FACTS)})", ""])


def _is_superfluous(statement: ast.stmt) -> bool:
    """Whether the joined script does not need a statement: an import of another part, or a docstring."""
    if isinstance(statement, ast.ImportFrom):
        return (statement.module or "").startswith(("components.", "__future__"))
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
