"""What pods of the cluster are given: commands, variables, ConfigMaps and Secrets, settings of custom resources."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.known import as_list, as_map

Text = tuple[str, str, str, Mapping[str, str]]
"""Place in the resource, text, name of the file if it becomes one, and variables that the text gets."""

MAPS = ("data", "stringData", "binaryData")
SETS_OF_RESOURCES = ("kubernetes:yaml", "kubernetes:helm", "kubernetes:kustomize")
"""Types with whole texts of YAML, or values of a chart."""


def texts(kind: str, props: Mapping[str, Any]) -> Iterator[Text]:
    """The texts of a resource of Kubernetes. `kind` is its type token."""
    group, _, name = kind.removeprefix("kubernetes:").rpartition(":")
    if name in ("ConfigMap", "Secret"):
        for part in MAPS:
            for file, text in as_map(props.get(part)).items():
                yield f"{part}.{file}", f"{file}={text}" if "\n" not in str(text) else str(text), str(file), {}
                yield f"{part}.{file}", str(text), str(file), {}
    elif kind.startswith(SETS_OF_RESOURCES):
        yield from _strings(props, "")
    elif name != "CustomResourceDefinition":
        yield from _containers(props, "")
        if "." in group and not re.search(r"(^|\.)k8s\.io/", group):
            yield from _strings(props.get("spec"), "spec")


def _containers(value: object, place: str) -> Iterator[Text]:
    """What every container is given, at any depth: pods stand inside of many kinds of resources."""
    if isinstance(value, Mapping):
        words = [word for key in ("command", "args") for word in as_list(value.get(key)) if isinstance(word, str)]
        env = {
            str(one.get("name")): str(one.get("value", ""))
            for one in as_list(value.get("env"))
            if isinstance(one, Mapping)
        }
        for name, text in env.items():
            yield f"{place}.env", f"{name}={text}", "", {}
        if words:
            yield from ((f"{place}.args", _variables(text), "", env) for text in _commands(words))
        for key, inner in value.items():
            if isinstance(inner, Mapping | list) and key != "metadata":
                yield from _containers(inner, f"{place}.{key}".lstrip("."))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _containers(inner, f"{place}.{index}")


def _commands(words: list[str]) -> Iterator[str]:
    """The words as one command, and each script among them by itself."""
    scripts = [word for before, word in zip(["", *words], words, strict=False) if "\n" in word or before == "-c"]
    yield " ".join(word for word in words if word not in scripts)
    yield from scripts


def _variables(text: str) -> str:
    """Kubernetes puts in $(NAME) itself."""
    return re.sub(r"\$\((\w+)\)", r"${\1}", text)


def _strings(value: object, place: str) -> Iterator[Text]:
    if isinstance(value, str):
        yield place, value, "", {}
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _strings(inner, f"{place}.{key}".lstrip("."))
    elif isinstance(value, list):
        words = [word for word in value if isinstance(word, str)]
        yield place, " ".join(words), "", {}
        for index, inner in enumerate(value):
            yield from _strings(inner, f"{place}.{index}")
