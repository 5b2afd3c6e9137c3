"""Settings of apps: the user's own sites."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from components.settings.part import DomainName, ImageName, Part, ResourceName


def variable_name(text: str) -> str:
    """A variable name that is valid in every shell."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        raise ValueError("is not the name of a variable. Use letters, digits and _, a letter first.")
    return text


def absolute_path(text: str) -> str:
    """A folder in the container."""
    if not re.fullmatch(r"(/[A-Za-z0-9._-]+)+", text) or {".", ".."} & set(text.split("/")):
        raise ValueError(f"{text} is not a folder's path. Write one like /data.")
    return text


def url_path(text: str) -> str:
    """The path of a URL on the app's own port."""
    if not re.fullmatch(r"/[A-Za-z0-9._~/-]*", text):
        raise ValueError(f"{text} is not a path. Write one like /healthz.")
    return text


def middleware_name(text: str) -> str:
    """The name of a Traefik Middleware in the app's namespace."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", text):
        raise ValueError(f"{text} is not a middleware's name. Write the name of its object in the app's namespace.")
    return text


VariableName = Annotated[str, AfterValidator(variable_name)]


class Volume(Part):
    """Storage that outlives the app's pods."""

    path: Annotated[str, AfterValidator(absolute_path)]
    """Folder in the container where it is mounted."""
    size_gb: int = Field(default=1, ge=1, le=16384)
    """Size of the volume."""


class App(Part):
    """One site: pods of one image, their port, and a host name."""

    image: ImageName
    """Container image, with a tag or a digest."""
    port: int = Field(default=80, ge=1, le=65535)
    """Port on which the app answers HTTP."""
    host: DomainName
    """Full host name for visitors: edge.domain, or one label before it."""
    replicas: int = Field(default=2, ge=0, le=100)
    """Number of pods, on different hosts if possible."""
    command: tuple[str, ...] = ()
    """Command to run instead of the image's entrypoint."""
    args: tuple[str, ...] = ()
    """Arguments instead of the image's own."""
    environment: dict[VariableName, str] = Field(default_factory=dict)
    """Environment variables that are not secret."""
    secrets: dict[VariableName, SecretStr] = Field(default_factory=dict)
    """Secret environment variables. Set them by `pulumi config set --secret --path`."""
    volumes: dict[ResourceName, Volume] = Field(default_factory=dict)
    """Volumes that outlive the pods, by name."""
    memory_mb: int = Field(default=128, ge=16, le=1048576)
    """Memory limit of each pod."""
    middlewares: tuple[Annotated[str, AfterValidator(middleware_name)], ...] = ()
    """Traefik's Middleware objects in the app's namespace. Requests pass them in this order."""
    health: Annotated[str, AfterValidator(url_path)] | None = None
    """Path that answers 200 when the app is ready. None: the app is ready when its port is open."""
    namespace: ResourceName | None = None
    """Namespace of the app. None: its own namespace, with the app's name."""

    @model_validator(mode="after")
    def has_one_pod_for_its_volumes(self) -> Self:
        """A volume is a folder on one host. Pods on other hosts can't use it."""
        if self.volumes and self.replicas > 1:
            raise ValueError(f"has volumes, which only one pod can use, and {self.replicas} replicas. Set replicas: 1.")
        return self

    @model_validator(mode="after")
    def names_a_variable_once(self) -> Self:
        """Only one of two variables with the same name would have an effect."""
        if both := self.environment.keys() & self.secrets.keys():
            raise ValueError(f"has {min(both)} in both environment and secrets. Remove one.")
        return self

    @model_validator(mode="after")
    def has_a_place_for_each_volume(self) -> Self:
        """Kubernetes refuses two volumes at one path."""
        paths = [volume.path for volume in self.volumes.values()]
        if len(set(paths)) < len(paths):
            raise ValueError("has two volumes at one path. Change one.")
        return self
