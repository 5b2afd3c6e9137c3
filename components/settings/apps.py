"""Settings of apps: sites of the user's own, online without a line of code."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from components.settings.part import DomainName, ImageName, Part, ResourceName


def variable_name(text: str) -> str:
    """A name that every shell takes."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        raise ValueError("is not a variable's name. Use letters, digits and _, a letter first.")
    return text


def absolute_path(text: str) -> str:
    """A folder within the container."""
    if not re.fullmatch(r"(/[A-Za-z0-9._-]+)+", text) or {".", ".."} & set(text.split("/")):
        raise ValueError(f"{text} is not a folder's path. Write one like /data.")
    return text


def url_path(text: str) -> str:
    """The path of a URL on the app's own port."""
    if not re.fullmatch(r"/[A-Za-z0-9._~/-]*", text):
        raise ValueError(f"{text} is not a path. Write one like /healthz.")
    return text


def middleware_name(text: str) -> str:
    """A Middleware of Traefik in the app's namespace."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", text):
        raise ValueError(f"{text} is not a middleware's name. Write the name of its object in the app's namespace.")
    return text


VariableName = Annotated[str, AfterValidator(variable_name)]


class Volume(Part):
    """Space that outlives the app's pods."""

    path: Annotated[str, AfterValidator(absolute_path)]
    """Where the app sees it."""
    size_gb: int = Field(default=1, ge=1, le=16384)
    """Its size."""


class App(Part):
    """One site: pods of one image, a port of them, and the name by which visitors ask for it."""

    image: ImageName
    """Its container image, with a tag or a digest."""
    port: int = Field(default=80, ge=1, le=65535)
    """Where it answers HTTP."""
    host: DomainName
    """Full name that visitors ask for: edge.domain, or one label before it."""
    replicas: int = Field(default=2, ge=0, le=100)
    """How many pods, on different hosts where possible."""
    command: tuple[str, ...] = ()
    """What to run in place of the image's entrypoint."""
    args: tuple[str, ...] = ()
    """Arguments in place of the image's own."""
    environment: dict[VariableName, str] = Field(default_factory=dict)
    """Variables that anyone may see."""
    secrets: dict[VariableName, SecretStr] = Field(default_factory=dict)
    """Variables that nobody should see; set them by `pulumi config set --secret --path`."""
    volumes: dict[ResourceName, Volume] = Field(default_factory=dict)
    """Space that outlives its pods, by name."""
    memory_mb: int = Field(default=128, ge=16, le=1048576)
    """Limit of each pod's memory."""
    middlewares: tuple[Annotated[str, AfterValidator(middleware_name)], ...] = ()
    """Traefik's Middleware objects in the app's namespace that requests go through, in this order."""
    health: Annotated[str, AfterValidator(url_path)] | None = None
    """Path that answers 200 once the app is ready. None: ready when its port is open."""
    namespace: ResourceName | None = None
    """Namespace to create it in. None: one of its own, by its name."""

    @model_validator(mode="after")
    def has_one_pod_for_its_volumes(self) -> Self:
        """A volume is a folder of one host: pods elsewhere would not see it."""
        if self.volumes and self.replicas > 1:
            raise ValueError(f"has volumes, which one pod can use, and {self.replicas} replicas. Set replicas: 1.")
        return self

    @model_validator(mode="after")
    def names_a_variable_once(self) -> Self:
        """The container would have either of them."""
        if both := self.environment.keys() & self.secrets.keys():
            raise ValueError(f"has {min(both)} in environment and in secrets. Remove one.")
        return self

    @model_validator(mode="after")
    def has_a_place_for_each_volume(self) -> Self:
        """Kubernetes refuses two at one path."""
        paths = [volume.path for volume in self.volumes.values()]
        if len(set(paths)) < len(paths):
            raise ValueError("has two volumes at one path. Change one.")
        return self
