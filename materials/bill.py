"""Writes a bill of materials as CycloneDX 1.6, from the pins themselves: https://cyclonedx.org/docs/1.6/json/

Without a stack's file it has what the program runs on, and what hosts of any stack download. With one, it has what the
hosts and pods of that stack download. Packages of the hosts' distributions are all that some stack could install. Two
runs print the same: the bill has no date.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from components import artefacts
from components.artefacts import Artefact
from components.datastore.registry import DEFAULT

ARCHITECTURES = ("amd64", "arm64")
PROJECT = "tailnet-k3s"
PACKAGE = re.compile(r"^([\w.-]+)==(\S+)(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
PROGRAM = re.compile(r"pulumi(?:-(?!policy$)(?P<provider>[\w-]+))?")
"""Packages of Pulumi to which a program belongs: the engine, or the plugin of a provider. It has the same version."""
INSTALLS = re.compile(r"\binstall_(?:packages|unstarted [\w.@-]+\.service) (?P<names>[a-z0-9 .+-]+)")
Component = dict[str, Any]


def config_of(file: Path) -> dict[str, Any]:
    """The settings in a stack's file, by name. Encrypted values stay as they are."""
    config: Mapping[str, Any] = yaml.safe_load(file.read_text())["config"]
    return {key.removeprefix(f"{PROJECT}:"): value for key, value in config.items()}


def bill(requirements: str, scripts: Path, stack: Mapping[str, Any] | None) -> dict[str, Any]:
    """The bill. `requirements`: text of requirements.txt. `scripts`: folder with the hosts' scripts. `stack`: settings
    of a stack by name; None: every program that some stack has, in the default versions."""
    found = [*_python(requirements), *_programs(stack), *_images(stack), *_packages(scripts)]
    components = {one["bom-ref"]: one for one in found}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": PROJECT, "bom-ref": PROJECT}},
        "components": [components[ref] for ref in sorted(components)],
    }


def _python(requirements: str) -> Iterator[Component]:
    """Packages of requirements.txt, and Pulumi's programs."""
    for name, version, rest in PACKAGE.findall(requirements):
        purl = f"pkg:pypi/{name}@{version}"
        yield _component("library", name, version, purl, [(purl, *HASH.findall(rest))])
        if found := PROGRAM.fullmatch(name):
            program = f"pulumi-resource-{found['provider']}" if found["provider"] else name
            yield _component("application", program, version, f"pkg:github/pulumi/{name}@v{version}", [])


def _programs(stack: Mapping[str, Any] | None) -> Iterator[Component]:
    """What hosts download."""
    k3s = (stack or {}).get("k3s", {}).get("version") or artefacts.K3S_VERSION
    yield _program("k3s", k3s, "k3s-io/k3s", [artefacts.k3s(one, k3s) for one in ARCHITECTURES])
    tailscale = artefacts.TAILSCALE_VERSION
    yield _program("tailscale", tailscale, "tailscale/tailscale", [artefacts.tailscale(one) for one in ARCHITECTURES])
    if stack is None or stack.get("datastore", {}).get("kind", DEFAULT) == "etcd":
        files = [artefacts.etcd(one) for one in ARCHITECTURES]
        yield _program("etcd", artefacts.ETCD_VERSION, "etcd-io/etcd", files)


def _program(name: str, version: str, repository: str, files: list[Artefact]) -> Component:
    tag = quote(f"v{version.removeprefix('v')}", safe="")
    purl = f"pkg:github/{repository}@{tag}"
    return _component("application", name, version, purl, [(one.url, *filter(None, [one.sha256])) for one in files])


def _images(stack: Mapping[str, Any] | None) -> Iterator[Component]:
    """Images of containers."""
    if stack is None or _has(stack, "ingress"):
        yield _image(artefacts.TRAEFIK_IMAGE)
    if stack is None or _has(stack, "storage"):
        yield _image((stack or {}).get("storage", {}).get("image") or artefacts.MINIO_IMAGE)
    yield from (_image(app["image"]) for app in (stack or {}).get("apps", {}).values())


def _has(stack: Mapping[str, Any], role: str) -> bool:
    return any(role in host["roles"] for host in stack["hosts"].values())


def _image(reference: str) -> Component:
    name, _, digest = reference.partition("@")
    path, _, tag = name.rpartition(":") if ":" in name.rpartition("/")[2] else (name, "", "")
    version = digest or tag
    registry, _, rest = path.partition("/")
    elsewhere = "" if registry == "docker.io" else f"?repository_url={quote(registry, safe='')}"
    return _component("container", path, version, f"pkg:docker/{rest}@{quote(version, safe='')}{elsewhere}", [])


def _packages(scripts: Path) -> Iterator[Component]:
    """Packages of the hosts' distributions. Each host has the version of its own."""
    for file in sorted(scripts.rglob("*.sh")):
        for line in file.read_text().splitlines():
            for found in INSTALLS.finditer(line.partition("#")[0]) if file.name != "prelude.sh" else ():
                yield from (_component("library", name, "", "", []) for name in found["names"].split())


def _component(kind: str, name: str, version: str, purl: str, files: list[tuple[str, ...]]) -> Component:
    """`files`: for each file its URL, and the SHA-256 that it may have."""
    links = [
        {"type": "distribution", "url": url}
        | ({"hashes": [{"alg": "SHA-256", "content": one} for one in hashes]} if hashes else {})
        for url, *hashes in files
    ]
    return {
        "type": kind,
        "name": name,
        "bom-ref": purl or f"package of the host: {name}",
        **({"version": version} if version else {}),
        **({"purl": purl} if purl else {}),
        **({"externalReferences": links} if links else {}),
    }
