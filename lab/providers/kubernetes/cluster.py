"""A client of the API server: finds kinds, and reads, applies and deletes objects of any kind."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx

from lab.providers.kubernetes.kubeconfig import Access

Manifest: TypeAlias = dict[str, Any]
"""An object of the API, as JSON."""

CONNECT_SECONDS, ANSWER_SECONDS = 10, 60
PARALLEL = 64
"""How many connections there are at once. More calls wait for a free one."""


class Unreachable(RuntimeError):  # noqa: N818  # it names what is wrong
    """The API server does not answer."""


class NoSuchKind(RuntimeError):  # noqa: N818  # it names what is wrong
    """The API server does not know the kind: its CustomResourceDefinition is missing, or not established yet."""


class ApiError(RuntimeError):
    """The API server refuses a request. `fields`: the paths that its answer names (`spec.selector`)."""

    def __init__(self, status: int, answer: Mapping[str, Any], subject: str) -> None:
        self.status = status
        self.reason = str(answer.get("reason") or "")
        causes = (answer.get("details") or {}).get("causes") or []
        self.fields = [str(cause.get("field") or "") for cause in causes]
        self.immutable = any("immutable" in str(cause.get("message")) for cause in causes) or "immutable" in str(
            answer.get("message")
        )
        super().__init__(f"{subject}: {answer.get('message') or f'HTTP status {status}'}")


@dataclass(frozen=True)
class Kind:
    """The API paths of a kind: the root (`/apis/GROUP/VERSION` or `/api/v1`), the plural name, whether namespaced."""

    root: str
    plural: str
    namespaced: bool


@dataclass(frozen=True)
class Ref:
    """A reference to one object. `namespace` is empty for cluster-scoped kinds."""

    api_version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def id(self) -> str:
        """The published plugin's ID of the object."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class Cluster:
    """A cluster. It connects on the first call. Many threads may use it."""

    def __init__(self, access: Access, transport: httpx.BaseTransport | None = None) -> None:
        """`transport`: for tests, in place of the network."""
        self._access = access
        self._kinds: dict[str, dict[str, Kind]] = {}
        self._lock = threading.Lock()
        self._http = httpx.Client(
            base_url=access.server,
            verify=access.trust,
            headers={"Accept": "application/json", "User-Agent": "pulumi-kubernetes stand-in", **access.headers},
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS, pool=None),
            limits=httpx.Limits(max_connections=PARALLEL),
            proxy=access.proxy or None,
            trust_env=False,
            transport=transport,
        )

    @property
    def namespace(self) -> str:
        """The context's namespace. It may be empty."""
        return self._access.namespace

    def find(self, api_version: str, kind: str) -> Kind:
        """Finds a kind. Raises NoSuchKind, Unreachable or ApiError."""
        with self._lock:
            known = self._kinds.get(api_version, {}).get(kind)
        if known:
            return known
        root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        try:
            listed = self._call("GET", root, f"kind {api_version} {kind}")
        except ApiError as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise
            listed = {"resources": []}
        kinds = {
            item["kind"]: Kind(root, item["name"], item["namespaced"])
            for item in listed["resources"]
            if "/" not in item["name"]
        }
        with self._lock:
            self._kinds[api_version] = kinds
        if kind not in kinds:
            raise NoSuchKind(
                f"no matches for kind {kind!r} in version {api_version!r}: is its CustomResourceDefinition there, and "
                "does this resource depend on it?"
            )
        return kinds[kind]

    def get(self, ref: Ref) -> Manifest | None:
        """The live object, or None if there is none. Raises NoSuchKind, Unreachable or ApiError."""
        try:
            live: Manifest = self._call("GET", self._path(ref), str(ref))
        except ApiError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise
        return live

    def list(self, api_version: str, kind: str, namespace: str, selector: str) -> list[Manifest]:
        """Objects of a namespace that match a label selector ("app=web,tier=front")."""
        path = self._path(Ref(api_version, kind, namespace, "")).rstrip("/")
        answer = self._call("GET", path, f"{kind} of {namespace}", params={"labelSelector": selector})
        return list(answer["items"])

    def apply(self, ref: Ref, manifest: Manifest, manager: str, *, force: bool, dry_run: bool) -> Manifest:
        """Server-side apply. Refuses unknown and duplicate fields. Returns the resulting object, also in a dry run."""
        params = {"fieldManager": manager, "fieldValidation": "Strict", "force": "true" if force else "false"}
        if dry_run:
            params["dryRun"] = "All"
        headers = {"Content-Type": "application/apply-patch+yaml"}
        content = json.dumps(manifest)
        live: Manifest = self._call("PATCH", self._path(ref), str(ref), params=params, content=content, headers=headers)
        return live

    def delete(self, ref: Ref, propagation: str) -> None:
        """Starts to delete an object. It is no error if the object does not exist."""
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        headers = {"Content-Type": "application/json"}
        try:
            self._call("DELETE", self._path(ref), str(ref), content=json.dumps(options), headers=headers)
        except ApiError as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise

    def _path(self, ref: Ref) -> str:
        kind = self.find(ref.api_version, ref.kind)
        middle = f"/namespaces/{ref.namespace}" if kind.namespaced else ""
        return f"{kind.root}{middle}/{kind.plural}/{ref.name}"

    def _call(self, method: str, path: str, subject: str, **request: Any) -> Any:
        extensions = {"sni_hostname": self._access.tls_name} if self._access.tls_name else None
        try:
            answer = self._http.request(method, path, extensions=extensions, **request)
        except (httpx.TransportError, OSError) as error:
            raise Unreachable(
                f"{subject}: the cluster at {self._access.server} can't be reached: {str(error) or 'no answer'}"
            ) from error
        try:
            content = answer.json()
        except ValueError:
            content = {"message": answer.text.strip()[:200]}
        if answer.is_success:
            return content
        raise ApiError(answer.status_code, content, subject)
