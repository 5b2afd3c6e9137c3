"""Parts of Pulumi's SDKs that are not public stand in two files: a new version of an SDK may change them."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.stack import ROOT

OWN_PLACES = {"components/sdk.py", "policies/sdk.py"}
PUBLIC = {"pulumi", "pulumi.runtime", "pulumi_policy", "pulumi.provider", "pulumi.dynamic"}
"""Modules of which the SDKs document the names. Modules inside of them are not public."""
PRIVATE = re.compile(r"pulumi\.(runtime\.(config|rpc|settings)|output)\.|.*\.(future|is_known|is_secret)\(\)$")
"""Names of modules inside the SDKs, and methods of an Output that its documentation does not have."""


def private_parts(program: str) -> Iterator[str]:
    """Imports from modules inside the SDKs, `pulumi.MODULE.NAME` of such a module, and what only the SDK calls."""
    for node in ast.walk(ast.parse(program)):
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            private = module.split(".")[0] in ("pulumi", "pulumi_policy") and module not in PUBLIC
            if private or (module in PUBLIC and any(name.name.startswith("_") for name in node.names)):
                yield f"line {node.lineno}: from {module}"
        elif isinstance(node, ast.Attribute | ast.Call):
            text = ast.unparse(node)
            constructs = isinstance(node, ast.Call) and ast.unparse(node.func) == "pulumi.Output"
            if constructs or PRIVATE.match(text):
                yield f"line {node.lineno}: {text}"


@pytest.mark.parametrize(
    "program",
    [
        "from pulumi.runtime.config import CONFIG",
        "pulumi.runtime.config.CONFIG.get()",
        "pulumi.runtime.settings.is_dry_run()",
        "pulumi.Output(set(), value, known, secret)",
        "await output.future()",
        "await self.thing.is_known()",
    ],
)
def test_a_private_part_is_found(program: str) -> None:
    assert list(private_parts(program))


@pytest.mark.parametrize(
    "program",
    [
        "pulumi.runtime.is_dry_run()",
        "value: pulumi.Output[str] = pulumi.Output.secret(text)",
        "pulumi.Output.all(a, b).apply(join)",
    ],
)
def test_a_public_part_is_not(program: str) -> None:
    assert list(private_parts(program)) == []


def test_no_other_file_uses_them() -> None:
    files = [ROOT / "__main__.py", *(ROOT / "components").rglob("*.py"), *(ROOT / "policies").rglob("*.py")]
    names = {str(file.relative_to(ROOT)): file for file in files}
    found = {name: list(private_parts(file.read_text())) for name, file in names.items() if name not in OWN_PLACES}
    assert {name: imports for name, imports in found.items() if imports} == {}


def test_the_two_files_use_them() -> None:
    for name in OWN_PLACES:
        assert list(private_parts((ROOT / name).read_text())), f"{name} uses no private part: take it out of OWN_PLACES"
