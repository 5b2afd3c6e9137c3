"""The one place that uses parts of Pulumi's SDK that are not public: no public way exists. Checked with 3.245."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, cast

import pulumi
from pulumi.output import Unknown
from pulumi.runtime.config import CONFIG, is_config_secret
from pulumi.runtime.rpc import is_rpc_secret, unwrap_rpc_secret
from pulumi.runtime.settings import get_root_resource
from pulumi.runtime.sync_await import _sync_await

Value = TypeVar("Value")


def stack_config() -> dict[str, str]:
    """All settings of the stack by their full keys, decrypted.

    `pulumi.Config` cannot list settings. With it, the program could not find misspelt ones.
    """
    return dict(CONFIG.get())


def secret_keys() -> frozenset[str]:
    """Full keys of the settings that are encrypted. `pulumi.Config` cannot tell which they are."""
    return frozenset(filter(is_config_secret, CONFIG.get()))


def without_dependency(output: pulumi.Output[Value]) -> pulumi.Output[Value]:
    """The same value, without the dependency that the state would record.

    `pulumi destroy --exclude-protected` keeps everything that a protected resource depends on. The public way, an
    Output from an awaitable, has no dependencies either, but it always counts as known, also in a preview.
    """
    return pulumi.Output(set(), cast(Awaitable[Value], output.future()), output.is_known(), output.is_secret())


def export_early(outputs: Mapping[str, Any]) -> None:
    """Exports outputs of the stack now. Those of the whole program replace them at its end, if it gets there.

    Waits until the stack itself is in the state. `pulumi.export` alone is for the end of the program.
    """
    stack = get_root_resource()
    if isinstance(stack, pulumi.ComponentResource):
        _sync_await(stack.urn.future())
        stack.register_outputs(dict(outputs))


async def urn_of(resource: pulumi.Resource) -> str:
    """The resource's URN. Waits until the engine has given it one."""
    return await resource.urn.future() or ""


async def known_inputs(value: Any, unknown: object = None, mark: Callable[[Any], Any] = lambda value: value) -> Any:
    """The inputs of a resource transform as plain values, secrets included.

    A preview does not know some values yet. They become `unknown`. None is left out of its map. `mark` gets each value
    that is a secret, and gives what stands in its place.
    """
    if isinstance(value, pulumi.Output):
        found = await known_inputs(await value.future(), unknown, mark) if await value.is_known() else unknown
        return mark(found) if await value.is_secret() else found
    if isinstance(value, Unknown):
        return unknown
    if isinstance(value, dict):
        if is_rpc_secret(value):
            return mark(await known_inputs(unwrap_rpc_secret(value), unknown, mark))
        known = {key: await known_inputs(item, unknown, mark) for key, item in value.items()}
        return {key: item for key, item in known.items() if item is not None}
    return [await known_inputs(item, unknown, mark) for item in value] if isinstance(value, list) else value
