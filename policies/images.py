"""Containers have images that stay what they are: a version or a digest, and no tag that moves on.

With a moving tag, a pod that starts on another node runs another program, and nobody has seen the change.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import ResourceValidationArgs

from policies.known import known
from policies.rule import advisory, mandatory

MOVING = {"latest", "stable", "edge", "main", "master", "nightly", "dev", "develop", "canary", "rolling", "head"}
TAG = re.compile(r":(?P<tag>[\w][\w.-]*)$")
APP = "tailnet-k3s:apps:App$"
"""An app of the settings among the parents of a resource. Its image is its owner's choice."""


def moving_images(kind: str, props: Mapping[str, Any]) -> Iterator[str]:
    """Images of containers whose tag can move. `kind` is the type token."""
    if kind.startswith("kubernetes:") and not kind.endswith(":CustomResourceDefinition"):
        yield from _in(known(props), "")


def _in(value: object, place: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            where = f"{place}.{key}".lstrip(".")
            if key in ("containers", "initContainers") and isinstance(inner, list):
                yield from _of_containers(inner, where)
            elif key not in ("data", "metadata"):
                yield from _in(inner, where)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _in(inner, f"{place}.{index}")


def _of_containers(containers: list[Any], place: str) -> Iterator[str]:
    for index, container in enumerate(containers):
        image = container.get("image") if isinstance(container, Mapping) else None
        if not isinstance(image, str) or "@sha256:" in image:
            continue
        found = TAG.search(image.rpartition("/")[2])
        if found is None or found["tag"].lower() in MOVING:
            yield (
                f"{place}.{index}.image {image} can become another program at any time. Name a version"
                f" ({image.removesuffix(found[0] if found else '')}:1.2.3) or a digest."
            )


def _is_an_app(args: ResourceValidationArgs) -> bool:
    return APP in args.urn


no_image_has_a_moving_tag = mandatory(
    "no-image-has-a-moving-tag",
    "All nodes run the same version of a program, until a change of the program's own.",
    moving_images,
    concerns=lambda args: not _is_an_app(args),
)
no_app_has_a_moving_image = advisory(
    "no-app-has-a-moving-image", "All pods of an app run the same version of it.", moving_images, concerns=_is_an_app
)
