"""Builds a provider from resource types and functions that work with plain values: oci, tailscale and others.

It has what all types share: the check against the published SDK, the diff that decides between update and replacement,
previews, and secrets. If an input is secret, the output of the same name is secret, too.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from pulumi.provider.experimental import provider as sdk
from pulumi.provider.experimental.property_value import PropertyValue

from lab.providers import published
from lab.providers.properties import UNKNOWN, has_unknown, like, plain_map, value_map
from lab.providers.sdk_source import ObjectOf, Properties
from lab.providers.server import PartlyCreated, own_type

Values = dict[str, Any]
"""Inputs or outputs by wire name, as plain Python. UNKNOWN stands for values that are known only after an update."""
Function = Callable[[Values], Values]


class FailedResourceError(RuntimeError):
    """A resource exists, but not as wanted. The engine saves it with this error. The next `up` updates it."""

    def __init__(self, resource_id: str, outputs: Values, error: Exception) -> None:
        super().__init__(str(error))
        self.resource_id = resource_id
        self.outputs = outputs


class ResourceType(ABC):
    """One type of resource. Only `check` and `preview` get unknown values."""

    published_as: ClassVar[str]
    """Its type token."""
    replaced_by: ClassVar[frozenset[str]] = frozenset()
    """Paths (`sourceDetails.kmsKeyId`) of properties whose change needs a new resource."""
    removable: ClassVar[frozenset[str]] = frozenset()
    """Properties whose removal is a change. All other properties keep their value when they are no longer given."""
    unordered: ClassVar[frozenset[str]] = frozenset()
    """Paths of lists whose order does not matter."""
    secret: ClassVar[frozenset[str]] = frozenset()
    """Outputs that are always secret."""
    volatile: ClassVar[frozenset[str]] = frozenset()
    """Outputs that an update may change."""

    def check(self, inputs: Values) -> Iterator[sdk.CheckFailure]:
        """Problems of inputs. Their names and types are correct. Values may be unknown."""
        return iter(())

    def defaults(self, inputs: Values) -> Values:
        """Defaults that the published provider sets for inputs that the program does not give."""
        return {}

    def is_replaced_by(self, path: str) -> bool:
        """Whether a change of this property needs a new resource."""
        return path in self.replaced_by

    def changes(self, state: Values, inputs: Values) -> dict[str, bool]:
        """Paths of the properties that differ, and whether each needs a new resource."""
        known = published.inputs_of(self.published_as)
        paths = [path for path in changed_paths(known, state, inputs, self.unordered) if not path.startswith("__")]
        paths += [name for name in sorted(self.removable) if state.get(name) is not None and inputs.get(name) is None]
        return {path: self.is_replaced_by(path) for path in paths}

    def preview(self, inputs: Values, state: Values | None) -> Values:
        """Outputs as far as they are known before the update. `state` is None if the resource does not exist yet."""
        names = published.output_names(self.published_as)
        if state is None:
            return dict.fromkeys(names, UNKNOWN) | inputs
        return state | inputs | dict.fromkeys(self.volatile, UNKNOWN)

    @abstractmethod
    def create(self, inputs: Values) -> tuple[str, Values]:
        """Create it. Returns its ID and all its outputs. Raises RuntimeError with one line: what, why, what to do."""

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Change it in place. Returns all its outputs."""
        raise RuntimeError(f"{self.published_as} {resource_id} can't be updated in place")

    @abstractmethod
    def delete(self, resource_id: str, state: Values) -> None:
        """Delete it. It is no error if it is gone already."""

    def read(self, resource_id: str, state: Values) -> Values | None:
        """Its current outputs, or None if it is gone. `state` is empty for an import."""
        return state or None


class StandIn(sdk.Provider):
    """Serves resource types and functions (by token) as a Pulumi provider."""

    def __init__(self, types: Sequence[ResourceType], functions: Mapping[str, Function] | None = None) -> None:
        self._types = {kind.published_as: kind for kind in types}
        self._functions = dict(functions or {})

    @property
    def functions(self) -> frozenset[str]:
        """Tokens of its functions."""
        return frozenset(self._functions)

    async def configure(self, request: sdk.ConfigureRequest) -> sdk.ConfigureResponse:
        """Tell the engine: this provider accepts secrets and previews, but no outputs or resource references."""
        return sdk.ConfigureResponse(accept_secrets=True, supports_preview=True)

    async def check(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        """Refuse what the published provider refuses: wrong names and types, then the type's own rules."""
        kind = self._type(request.type)
        inputs = {name: value for name, value in request.new_inputs.items() if value.value is not None}
        failures = published.check(kind.published_as, inputs)
        if failures:
            return sdk.CheckResponse(inputs=inputs, failures=failures)
        given = plain_map(inputs)
        filled = like_inputs(merged(given, kind.defaults(given)), inputs)
        return sdk.CheckResponse(inputs=filled, failures=list(kind.check(plain_map(filled))))

    async def diff(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
        """The differences between the state and the inputs, and whether they need a new resource."""
        kind = self._type(request.type)
        state = plain_map(request.old_state)
        changes = kind.changes(state, plain_map(request.new_inputs))
        detailed = {path: sdk.PropertyDiff(diff_kind(path, state, new), True) for path, new in changes.items()}
        return sdk.DiffResponse(
            changes=bool(changes),
            replaces=sorted(path for path, replaces in changes.items() if replaces),
            diffs=sorted({path.split(".")[0] for path in changes}),
            detailed_diff=detailed,
        )

    async def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
        """Create the resource. In a preview: return the outputs that are known."""
        kind, inputs = self._type(request.type), plain_map(request.properties)
        if request.preview:
            return sdk.CreateResponse("", outputs(kind, kind.preview(inputs, None), request.properties))
        try:
            resource_id, made = kind.create(inputs)
        except FailedResourceError as failed:
            raise partly_created(kind, failed, request.properties) from failed
        return sdk.CreateResponse(resource_id, outputs(kind, made, request.properties))

    async def update(self, request: sdk.UpdateRequest) -> sdk.UpdateResponse:
        """Change the resource in place. In a preview: return the outputs that are known."""
        kind, inputs, state = self._type(request.type), plain_map(request.news), plain_map(request.olds)
        if request.preview or has_unknown(inputs):
            return sdk.UpdateResponse(outputs(kind, kind.preview(inputs, state), request.news))
        try:
            made = kind.update(request.resource_id, state, inputs)
        except FailedResourceError as failed:
            raise partly_created(kind, failed, request.news) from failed
        return sdk.UpdateResponse(outputs(kind, made, request.news))

    async def delete(self, request: sdk.DeleteRequest) -> None:
        """End the resource."""
        self._type(request.type).delete(request.resource_id, plain_map(request.properties))

    async def read(self, request: sdk.ReadRequest) -> sdk.ReadResponse:
        """The current resource. Returns an empty answer if it is gone."""
        kind = self._type(request.type)
        now = kind.read(request.resource_id, plain_map(request.properties))
        if now is None:
            return sdk.ReadResponse("", {}, {})
        known = published.inputs_of(kind.published_as)
        given = request.inputs or value_map({name: value for name, value in now.items() if name in known})
        inputs = like_inputs({name: now.get(name) for name in plain_map(given) if now.get(name) is not None}, given)
        return sdk.ReadResponse(request.resource_id, outputs(kind, now, request.properties), inputs)

    async def invoke(self, request: sdk.InvokeRequest) -> sdk.InvokeResponse:
        """Call a function."""
        if request.tok not in self._functions:
            raise RuntimeError(f"{request.tok}: this stand-in has only {', '.join(sorted(self._functions))}")
        arguments = {name: value for name, value in request.args.items() if value.value is not None}
        failures = published.check(request.tok, arguments)
        if failures:
            return sdk.InvokeResponse(failures=failures)
        return sdk.InvokeResponse(value_map(self._functions[request.tok](plain_map(arguments))))

    def _type(self, token: str) -> ResourceType:
        token = own_type(token)
        if token not in self._types:
            raise RuntimeError(f"{token}: this stand-in has only {', '.join(sorted(self._types))}")
        return self._types[token]


def changed_paths(known: Properties, state: Values, inputs: Values, unordered: frozenset[str]) -> list[str]:
    """Paths of given inputs that differ from the state, also within objects. Inputs that are not given do not count."""
    paths: list[str] = []
    for name, value in inputs.items():
        inside = published.nested(known[name].type) if name in known else {}
        before = state.get(name)
        if isinstance(known[name].type, ObjectOf) and isinstance(value, Mapping) and isinstance(before, Mapping):
            deeper = frozenset(path.removeprefix(f"{name}.") for path in unordered if path.startswith(f"{name}."))
            paths += [f"{name}.{path}" for path in changed_paths(inside, dict(before), dict(value), deeper)]
        elif has_unknown(value) or not same(before, value, name in unordered):
            paths.append(name)
    return paths


def same(before: Any, value: Any, unordered: bool) -> bool:
    """Whether two plain values are the same."""
    if unordered and isinstance(before, list) and isinstance(value, list):
        return sorted(map(canonical, before)) == sorted(map(canonical, value))
    return bool(before == value)


def canonical(value: Any) -> str:
    """A text that is the same for equal values, independent of the order of keys in maps."""
    return json.dumps(value, sort_keys=True, default=repr)


def diff_kind(path: str, state: Values, replaces: bool) -> sdk.PropertyDiffKind:
    """How the engine shows a change: as an addition or an update, with or without replacement."""
    before: Any = state
    for name in path.split("."):
        before = before.get(name) if isinstance(before, Mapping) else None
    kinds = sdk.PropertyDiffKind
    if before is None:
        return kinds.ADD_REPLACE if replaces else kinds.ADD
    return kinds.UPDATE_REPLACE if replaces else kinds.UPDATE


def merged(given: Values, defaults: Values) -> Values:
    """The given values, with defaults for missing ones, also within given objects."""
    result = defaults | given
    for name, value in defaults.items():
        if isinstance(value, Mapping) and isinstance(given.get(name), Mapping):
            result[name] = merged(given[name], dict(value))
    return result


def like_inputs(values: Values, inputs: Mapping[str, PropertyValue]) -> dict[str, PropertyValue]:
    """Property values from plain values. They are secret where the inputs of the same names are."""
    return {name: like(value, inputs.get(name)) for name, value in values.items()}


def outputs(kind: ResourceType, values: Values, inputs: Mapping[str, PropertyValue]) -> dict[str, PropertyValue]:
    """Property values of a type's outputs. The type's secrets are marked."""
    made = like_inputs(values, inputs)
    return {name: value.with_secret(True) if name in kind.secret else value for name, value in made.items()}


def partly_created(
    kind: ResourceType, failed: FailedResourceError, inputs: Mapping[str, PropertyValue]
) -> PartlyCreated:
    """The error that tells the engine: the resource exists, but not as wanted."""
    return PartlyCreated(failed.resource_id, outputs(kind, failed.outputs, inputs), dict(inputs), [str(failed)])
