"""Parts of Pulumi's SDKs that are not public stand in two files: a new version of an SDK may change them."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.stack import ROOT

OWN_PLACES = {"components/sdk.py", "policies/sdk.py"}
PUBLIC = {"pulumi", "pulumi.runtime", "pulumi_policy", "pulumi.provider", "pulumi.dynamic"}
"""Modules of which the SDKs document the names. Modules inside of them are not public."""


def private_imports(file: Path) -> Iterator[str]:
    """Imports from modules inside the SDKs, and `pulumi.MODULE.NAME` of such a module."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            private = module.split(".")[0] in ("pulumi", "pulumi_policy") and module not in PUBLIC
            if private or (module in PUBLIC and any(name.name.startswith("_") for name in node.names)):
                yield f"line {node.lineno}: from {module}"
        elif isinstance(node, ast.Attribute):
            text = ast.unparse(node)
            if text.startswith(("pulumi.runtime.config.", "pulumi.runtime.rpc.", "pulumi.output.")):
                yield f"line {node.lineno}: {text}"


def test_no_other_file_uses_them() -> None:
    files = [ROOT / "__main__.py", *(ROOT / "components").rglob("*.py"), *(ROOT / "policies").rglob("*.py")]
    names = {str(file.relative_to(ROOT)): file for file in files}
    found = {name: list(private_imports(file)) for name, file in names.items() if name not in OWN_PLACES}
    assert {name: imports for name, imports in found.items() if imports} == {}


def test_the_two_files_use_them() -> None:
    for name in OWN_PLACES:
        assert list(private_imports(ROOT / name)), f"{name} uses no private part: take it out of OWN_PLACES"
