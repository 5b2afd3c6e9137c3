"""The operations on objects of all kinds: check, compare, apply, wait, read, delete."""

import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import httpx
from pulumi.provider.experimental import provider as sdk
from pulumi.provider.experimental.property_value import PropertyValue

from lab.providers import published
from lab.providers.kubernetes import manifest as m
from lab.providers.kubernetes.cluster import ApiError, Cluster, Manifest, NoSuchKind, Ref, Unreachable
from lab.providers.kubernetes.difference import Changes, detailed, differences, is_within, replacing
from lab.providers.kubernetes.settings import Settings
from lab.providers.kubernetes.states import (
    MANAGER,
    as_live,
    last_inputs,
    state_of,
    with_secrets,
    with_string_data,
    without_secrets,
)
from lab.providers.kubernetes.waiting import NotReady, wait_until_gone, wait_until_ready, wrong_wait
from lab.providers.properties import PropertyMap, has_unknown, like, plain_map, value
from lab.providers.server import CURRENT_URN, EngineLog, PartlyCreated, own_type


@dataclass(frozen=True)
class Objects:
    """The objects of one cluster. `cluster` is None while the provider's settings are not known."""

    settings: Settings
    cluster: Cluster | None
    log: EngineLog
    cancelled: threading.Event

    def check(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        """Checks names and types. Gives the object a name, if it has none, and a namespace."""
        given = {name: item for name, item in request.new_inputs.items() if item.value is not None}
        failures = list(_published_failures(request.type, given))
        if failures:
            return sdk.CheckResponse(inputs=given, failures=failures)
        manifest = m.manifest_of(plain_map(given))
        before = m.manifest_of(plain_map(request.old_inputs)) or None
        manifest = m.named(manifest, before, request.name, request.random_seed)
        if self._is_namespaced(manifest):
            manifest = m.placed(manifest, self._namespace())
        inputs = {name: like(item, given.get(name)) for name, item in manifest.items()}
        problem = wrong_wait(manifest)
        wrong = [sdk.CheckFailure("metadata.annotations", problem)] if problem else []
        return sdk.CheckResponse(inputs=with_secrets(inputs), failures=wrong)

    def diff(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
        """No changes if the inputs are the same. Else the changes of a server-side apply, from a dry run."""
        before, wanted = last_inputs(request.old_state), m.manifest_of(plain_map(request.new_inputs))
        changes = differences(before, wanted)
        if not changes:
            return sdk.DiffResponse(changes=False)
        replaces = replacing(wanted, changes, self.settings.mutable)
        if not replaces and not has_unknown(wanted):
            changes, replaces = self._ask_server(request, changes, wanted)
        here = (wanted.get("metadata") or {}) if isinstance(wanted.get("metadata"), dict) else {}
        there = before.get("metadata") or {}
        same_name = all(here.get(name) == there.get(name) for name in ("name", "namespace"))
        return sdk.DiffResponse(
            changes=True,
            replaces=sorted(replaces),
            diffs=sorted({path.split(".")[0].split("[")[0] for path in changes}),
            detailed_diff=detailed(changes, replaces),
            # Two objects can't have the same name. So the old one goes first, unless Pulumi has generated a new name.
            delete_before_replace=bool(replaces) and same_name and not m.is_set(wanted, m.AUTONAMED),
        )

    def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
        """Creates it and waits until it is ready. In a preview, makes a dry run on the server."""
        inputs = request.properties
        manifest = m.manifest_of(plain_map(inputs))
        if request.preview:
            if not self._exists(manifest):  # an existing one may be in replacement, and gone by the time of the update
                self._try(manifest, inputs)
            return sdk.CreateResponse("", dict(inputs))
        cluster, ref = self._reached(), m.ref_of(manifest)
        manager = m.annotation(manifest, m.FIELD_MANAGER) or f"pulumi-kubernetes-{secrets.token_hex(4)}"
        with _hiding(inputs):
            if not self.settings.upsert and cluster.get(ref) is not None:
                raise RuntimeError(
                    f"{ref}: it exists already; import it, or let the provider have upsertExistingObjects"
                )
            live = self._apply(ref, manifest, manager)
        return sdk.CreateResponse(ref.id, self._ready(ref, live, inputs, manager, request.timeout))

    def update(self, request: sdk.UpdateRequest) -> sdk.UpdateResponse:
        """Applies it again, with the same field manager. So the server removes fields that are no longer given."""
        manifest = m.manifest_of(plain_map(request.news))
        manager = str(request.olds[MANAGER].value) if MANAGER in request.olds else "pulumi-kubernetes"
        if request.preview:
            live = self._try(manifest, request.news, manager)
            return sdk.UpdateResponse(state_of(live, request.news, manager) if live else dict(request.news))
        ref = m.ref_of(manifest)
        with _hiding(request.news):
            live = self._apply(ref, manifest, manager)
        return sdk.UpdateResponse(self._ready(ref, live, request.news, manager, request.timeout))

    def delete(self, request: sdk.DeleteRequest) -> None:
        """Deletes it, after the objects that belong to it, and waits until it is gone."""
        state = plain_map(request.properties)
        ref = m.ref_of(state)
        cluster = self._reached()
        try:
            cluster.delete(ref, m.annotation(state, m.PROPAGATION).capitalize() or "Foreground")
            if not m.is_set(state, m.SKIP_AWAIT):
                uid = str((state.get("metadata") or {}).get("uid") or "")
                wait_until_gone(cluster, ref, uid, request.timeout, self.cancelled)
        except NoSuchKind:
            return  # without its CustomResourceDefinition, the object is gone, too
        except Unreachable as error:
            if not self.settings.delete_unreachable:
                raise RuntimeError(f"{error}; if the cluster is gone, set the provider's deleteUnreachable") from error
            self.log.warning(f"{ref}: taken out of the state, as the cluster can't be reached")

    def read(self, request: sdk.ReadRequest) -> sdk.ReadResponse:
        """The live object. The inputs get its current values, so that the next diff shows a drift."""
        old = m.manifest_of(plain_map(request.inputs)) or last_inputs(request.properties)
        ref = m.ref_of(old) if old else _ref_of_import(request)
        if not old and self._is_namespaced({"apiVersion": ref.api_version, "kind": ref.kind}) and not ref.namespace:
            ref = Ref(ref.api_version, ref.kind, self._namespace(), ref.name)
        live = self._reached().get(ref)
        if live is None:
            return sdk.ReadResponse("", {}, {})
        now = as_live(old, with_string_data(live)) if old else _importable(live)
        inputs = {name: like(item, request.inputs.get(name)) for name, item in now.items()}
        manager = str(request.properties[MANAGER].value) if MANAGER in request.properties else "pulumi-kubernetes"
        return sdk.ReadResponse(ref.id, state_of(live, inputs, manager), with_secrets(inputs))

    def _ask_server(self, request: sdk.DiffRequest, changes: Changes, wanted: Manifest) -> tuple[Changes, set[str]]:
        """The changes that the server would make, and the changes that it refuses in place."""
        if self.cluster is None:
            return changes, set()
        ref = m.ref_of(wanted)
        manager = str(request.old_state[MANAGER].value) if MANAGER in request.old_state else "pulumi-kubernetes"
        try:
            live = self.cluster.get(ref)
            if live is None:
                return changes, set()
            with _hiding(request.new_inputs):
                planned = self._apply(ref, wanted, manager, dry_run=True)
        except ApiError as error:
            if not error.immutable:
                raise
            named = {path for path in changes if any(field and is_within(path, field) for field in error.fields)}
            return changes, named or set(changes)
        except (Unreachable, NoSuchKind):
            return changes, set()
        return differences(_comparable(live), _comparable(planned)) or changes, set()

    def _exists(self, manifest: Manifest) -> bool:
        """Whether the object exists. False if that is unknown."""
        try:
            return bool(self.cluster and not has_unknown(manifest) and self.cluster.get(m.ref_of(manifest)))
        except (Unreachable, NoSuchKind):
            return False

    def _try(self, manifest: Manifest, inputs: Mapping[str, PropertyValue], manager: str = "") -> Manifest | None:
        """The result of a dry run. None if values are unknown, or if something that it needs does not exist yet."""
        if self.cluster is None or has_unknown(manifest):
            return None
        try:
            with _hiding(inputs):
                return self._apply(m.ref_of(manifest), manifest, manager or "pulumi-kubernetes-preview", dry_run=True)
        except (Unreachable, NoSuchKind):
            return None
        except ApiError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None  # its namespace
            raise

    def _apply(self, ref: Ref, manifest: Manifest, manager: str, *, dry_run: bool = False) -> Manifest:
        force = m.is_set(manifest, m.PATCH_FORCE) or self.settings.patch_force
        try:
            return self._reached().apply(ref, manifest, manager, force=force, dry_run=dry_run)
        except ApiError as error:
            if error.status == httpx.codes.CONFLICT and error.reason == "Conflict":
                raise RuntimeError(
                    f'{error}; to take the fields over, annotate the object with {m.PATCH_FORCE}: "true"'
                ) from error
            raise

    def _ready(
        self, ref: Ref, live: Manifest, inputs: Mapping[str, PropertyValue], manager: str, limit: float
    ) -> PropertyMap:
        """Waits for the object, and returns its state. Raises PartlyCreated, so that the engine saves it anyway."""
        say = partial(self.log.info, urn=CURRENT_URN.get(), ephemeral=True)
        try:
            live = wait_until_ready(self._reached(), ref, live, limit=limit, cancelled=self.cancelled, say=say)
        except NotReady as problem:
            state = state_of(problem.live, inputs, manager)
            raise PartlyCreated(ref.id, state, dict(inputs), [without_secrets(str(problem), inputs)]) from problem
        return state_of(live, inputs, manager)

    def _is_namespaced(self, manifest: Manifest) -> bool:
        """Whether the kind is namespaced, as far as that is known before its definition exists."""
        if m.is_builtin(manifest["apiVersion"]):
            return manifest["kind"] not in m.CLUSTER_SCOPED
        try:
            return self.cluster is not None and self.cluster.find(manifest["apiVersion"], manifest["kind"]).namespaced
        except (Unreachable, NoSuchKind):
            return False

    def _namespace(self) -> str:
        """The default namespace for objects."""
        return self.settings.namespace or (self.cluster.namespace if self.cluster else "") or "default"

    def _reached(self) -> Cluster:
        if self.cluster is None:
            raise RuntimeError("the provider's kubeconfig is not known yet")
        return self.cluster


@contextmanager
def _hiding(inputs: Mapping[str, PropertyValue]) -> Iterator[None]:
    """Removes secret inputs from errors of the API server."""
    try:
        yield
    except ApiError as error:
        error.args = (without_secrets(str(error), inputs),)
        raise


def _published_failures(token: str, inputs: Mapping[str, PropertyValue]) -> Iterator[sdk.CheckFailure]:
    """Problems by the published SDK's types. Of custom resources it knows only that they have a version and a kind."""
    token = own_type(token)
    if token.endswith(("Patch", "List")) or token.startswith(("kubernetes:yaml", "kubernetes:helm")):
        raise RuntimeError(f"{token}: this stand-in knows single objects only")
    try:
        yield from published.check(token, inputs)
    except LookupError:
        for name in ("apiVersion", "kind"):
            if not isinstance(inputs.get(name, value(None)).value, str):
                yield sdk.CheckFailure(name, f"missing: {name} is required, a string")


def _ref_of_import(request: sdk.ReadRequest) -> Ref:
    """The object of an import, by its type and ID (NAMESPACE/NAME or NAME)."""
    _, version, kind = own_type(request.type).split(":")
    namespace, _, name = request.resource_id.rpartition("/")
    return Ref(version.removeprefix("core/"), kind, namespace, name)


def _importable(live: Manifest) -> Manifest:
    """The inputs for an imported object: all fields but those that the server adds."""
    inputs = {name: item for name, item in live.items() if name not in ("metadata", "status")}
    kept = ("name", "namespace", "labels", "annotations")
    return inputs | {"metadata": {name: live["metadata"][name] for name in kept if name in live["metadata"]}}


def _comparable(live: Manifest) -> Manifest:
    """An object without the fields that change with every write."""
    metadata = {
        name: item
        for name, item in live["metadata"].items()
        if name not in ("managedFields", "resourceVersion", "generation", "creationTimestamp", "uid")
    }
    return {name: item for name, item in live.items() if name != "status"} | {"metadata": metadata}
