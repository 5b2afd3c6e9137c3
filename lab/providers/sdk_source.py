"""Reads resource types from the Python source of the published Pulumi SDKs, without importing it.

Importing an SDK takes seconds (pulumi_oci.core: 2.3 s). Reading the few classes that a resource needs takes
milliseconds.
"""

import ast
import importlib.util
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias


class Plain(StrEnum):
    """Types without nested types. A type that can't be found counts as ANYTHING."""

    STRING = "a string"
    BOOLEAN = "a boolean"
    INTEGER = "an integer"
    NUMBER = "a number"
    ASSET = "an asset"
    ARCHIVE = "an archive"
    ANYTHING = "anything"


@dataclass(frozen=True)
class ListOf:
    """A list with items of one type."""

    item: "Type"


@dataclass(frozen=True)
class MapOf:
    """A map from strings to items of one type."""

    item: "Type"


@dataclass(frozen=True)
class ObjectOf:
    """An object with named properties. `properties_of` reads them on demand, because types may be recursive."""

    folder: Path
    name: str


@dataclass(frozen=True)
class Choice:
    """One of a few strings or numbers."""

    values: tuple[str | float, ...]
    open: Plain | None = None
    """The type of other allowed values. The API may know more values than the SDK did when it was made."""


@dataclass(frozen=True)
class OneOf:
    """A value of any of several types."""

    types: tuple["Type", ...]


Type: TypeAlias = Plain | ListOf | MapOf | ObjectOf | Choice | OneOf


@dataclass(frozen=True)
class Property:
    """One input. `name`: its wire name (camelCase). `updatable`: whether its documentation says "(Updatable)"."""

    name: str
    type: Type
    required: bool
    updatable: bool


Properties: TypeAlias = dict[str, Property]

PLAIN = {"str": Plain.STRING, "bool": Plain.BOOLEAN, "int": Plain.INTEGER, "float": Plain.NUMBER, "Any": Plain.ANYTHING}
PLAIN |= {"Asset": Plain.ASSET, "Archive": Plain.ARCHIVE}


@lru_cache
def modules_of(package: str) -> dict[str, Path]:
    """The folder of each module of an SDK. The key is the part of a type token before its last colon.

    Raises LookupError when that provider's SDK (pulumi_<package>, with underscores for hyphens) is not installed.
    """
    sdk = f"pulumi_{package.replace('-', '_')}"
    spec = importlib.util.find_spec(sdk)
    if spec is None or spec.origin is None:
        raise LookupError(f"the SDK {sdk} is not installed")
    root = Path(spec.origin).parent
    registered = re.search(r'resource_modules="""(.*?)"""', (root / "__init__.py").read_text(), re.DOTALL)
    if registered is None:
        raise LookupError(f"the SDK {sdk} registers no resource modules")
    folders: dict[str, Path] = {}
    for module in json.loads(registered[1]):
        folder = root.joinpath(*module["fqn"].split(".")[1:])
        folders[f"{package}:{module['mod']}"] = folder
        folders[f"{package}:{module['mod'].split('/')[0]}"] = folder
    return folders


def folder_of(token: str) -> Path:
    """The SDK's folder with a type or function. Raises LookupError if no module of the SDK has the token."""
    package, module, _ = token.split(":")
    folders = modules_of(package)
    folder = folders.get(f"{package}:{module}") or folders.get(f"{package}:{module.split('/')[0]}")
    if folder is None:
        raise LookupError(f"{token}: the published SDK has no such module")
    return folder


def file_of(token: str) -> Path:
    """The source file of a type or function. Raises LookupError when the published SDK does not have it."""
    folder, name = folder_of(token), token.rsplit(":", 1)[1]
    path = files_in(folder).get(name.lower())
    if path is None or not re.search(rf"""["']{re.escape(token)}["']""", source_of(path)):
        raise LookupError(f"{token}: not in the published SDK")
    return path


@lru_cache
def files_in(folder: Path) -> dict[str, Path]:
    """Source files of a module. The key is the file's name in lower case, without underscores and ending.

    Most SDKs name files after the type, in snake case. But they split words differently, so underscores do not count.
    Kubernetes' SDK names files after the kind.
    """
    return {path.stem.replace("_", "").lower(): path for path in folder.glob("*.py")}


@lru_cache
def source_of(path: Path) -> str:
    """Text of a source file, empty if there is none."""
    return path.read_text() if path.exists() else ""


def definition(text: str, kind: str, name: str) -> str:
    """Text of one class or function at the top level of a file, empty if it is not there."""
    # Text in the first column does not end a class: documentation in triple quotes may start there.
    after = r"^(?:class |def |@pulumi\.|@_\w+\.|if not MYPY|elif False)"
    found = re.search(rf"^{kind} {name}\b.*?(?={after}|\Z)", text, re.DOTALL | re.MULTILINE)
    return found[0] if found else ""


@lru_cache
def properties_of(path: Path, name: str) -> Properties:
    """Properties of an input class (…Args), by wire name."""
    parsed = ast.parse(definition(source_of(path), "class", name)).body
    if not parsed or not isinstance(parsed[0], ast.ClassDef):
        raise LookupError(f"the published SDK has no {name} in {path.name}")
    functions = [node for node in parsed[0].body if isinstance(node, ast.FunctionDef)]
    constructor = next(node for node in functions if node.name == "__init__")
    wire = {node.name: (wire_name(node), ast.get_docstring(node) or "") for node in functions if is_getter(node)}
    found: Properties = {}
    for argument, default in zip(constructor.args.kwonlyargs, constructor.args.kw_defaults, strict=True):
        if argument.annotation is None:
            continue
        name_on_wire, text = wire[argument.arg]
        kind = with_named_values(read_type(argument.annotation, path.parent), text)
        found[name_on_wire] = Property(name_on_wire, kind, default is None, text.startswith("(Updatable)"))
    return found


def with_named_values(kind: Type, text: str) -> Type:
    """The type as an open choice, if the documentation lists values as Cloudflare's does: `Available values: "a".`"""
    listed = re.search(r'Available values: ((?:"[^"]*"|[\d.]*\d)(?:, (?:"[^"]*"|[\d.]*\d))*)', text)
    if listed is None or kind not in (Plain.STRING, Plain.INTEGER, Plain.NUMBER):
        return kind
    values = json.loads(f"[{listed[1]}]")
    return Choice(tuple(value if kind is Plain.STRING else float(value) for value in values), Plain(kind))


@lru_cache
def arguments_of(path: Path, name: str) -> Properties:
    """Arguments of a function (a data source), by wire name. `name`: the function's Python name."""
    text = definition(source_of(path), "def", f"{name}_output")
    parsed = ast.parse(text).body
    if not parsed or not isinstance(parsed[0], ast.FunctionDef):
        raise LookupError(f"the published SDK has no function {name} in {path.name}")
    wire = {variable: key for key, variable in re.findall(r"__args__\['(\w+)'\] = (\w+)", text)}
    found: Properties = {}
    for argument in parsed[0].args.args:
        if argument.arg in wire and argument.annotation is not None:
            key = wire[argument.arg]
            # In the signature every argument has a default. An optional one has the type Optional[Optional[…]].
            required = "Optional[Optional[" not in ast.unparse(argument.annotation)
            found[key] = Property(key, read_type(argument.annotation, path.parent), required, False)
    return found


@lru_cache
def outputs_of(path: Path, name: str) -> frozenset[str]:
    """Wire names of a resource's outputs, or of a function's result."""
    parsed = ast.parse(definition(source_of(path), "class", name)).body[0]
    assert isinstance(parsed, ast.ClassDef)  # noqa: S101  the pattern of `definition` matches classes only here
    return frozenset(wire_name(node) for node in parsed.body if isinstance(node, ast.FunctionDef) and is_getter(node))


def is_getter(node: ast.FunctionDef) -> bool:
    """Whether this method is a property for an output value."""
    return any("getter" in ast.unparse(decorator) for decorator in node.decorator_list)


def wire_name(node: ast.FunctionDef) -> str:
    """A getter's wire name: the getter's own name, unless the decorator gives another one."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call):
            for keyword in decorator.keywords:
                if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                    return str(keyword.value.value)
    return node.name


def read_type(node: ast.expr, folder: Path) -> Type:
    """The type of an annotation, without Input and Optional around it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return read_named(node.value, folder)
    if isinstance(node, ast.Subscript):
        outer = ast.unparse(node.value).rsplit(".", 1)[-1]
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if outer == "Sequence":
            return ListOf(read_type(parts[0], folder))
        if outer == "Mapping":
            return MapOf(read_type(parts[1], folder))
        if outer == "Literal":
            return Choice(tuple(str(part.value) for part in parts if isinstance(part, ast.Constant)))
        types = dict.fromkeys(read_type(part, folder) for part in parts if not is_duplicate(part))
        return union_of(tuple(types))
    return PLAIN.get(ast.unparse(node).rsplit(".", 1)[-1], Plain.ANYTHING)


def union_of(types: tuple[Type, ...]) -> Type:
    """A union of types. "String or enumeration" means an enumeration that allows other values, too (in Azure's SDK)."""
    if len(types) == 1:
        return types[0]
    choices = [kind for kind in types if isinstance(kind, Choice)]
    if len(types) == 2 and len(choices) == 1 and Plain.STRING in types:
        return Choice(choices[0].values, Plain.STRING)
    return OneOf(types)


def is_duplicate(node: ast.expr) -> bool:
    """Whether this part of a Union repeats an object type, as a dictionary or as an output."""
    name = str(node.value) if isinstance(node, ast.Constant) else ""
    return name.endswith("Dict") or name.startswith("outputs.")


@lru_cache
def read_named(name: str, folder: Path) -> Type:
    """The object or choice of that name in a module of the SDK."""
    *module, name = name.split(".")
    if module:  # "_meta.v1.ObjectMetaArgs": from the root of the SDK, by an alias
        root = next(parent for parent in (folder, *folder.parents) if parent.name.startswith("pulumi_"))
        folder = root.joinpath(*module[0].lstrip("_").split("_"), *module[1:])
    if name.endswith("Args"):
        return ObjectOf(folder, name) if definition(source_of(folder / "_inputs.py"), "class", name) else Plain.ANYTHING
    choices = ast.parse(definition(source_of(folder / "_enums.py"), "class", name)).body
    if not choices or not isinstance(choices[0], ast.ClassDef):
        return Plain.ANYTHING
    values = [node.value for node in choices[0].body if isinstance(node, ast.Assign)]
    return Choice(
        tuple(
            value.value if isinstance(value.value, float) else str(value.value)
            for value in values
            if isinstance(value, ast.Constant)
        )
    )
