"""Serves a stand-in as a Pulumi plugin: runs calls in parallel, translates unknowns, reports errors in one line.

The SDK's own server has limits: it runs all calls on one event loop, reads unknowns as strings, can't write unknowns,
reports an exception with its Python class, and survives when the engine is killed. This module removes these limits for
providers. Their methods may block, and `RuntimeError("host: what; what to do")` appears to the user as this text.
"""

import argparse
import asyncio
import importlib.metadata
import inspect
import os
import signal
import threading
import time
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import ContextVar, copy_context
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import grpc  # type: ignore[import-untyped]
import grpc.aio  # type: ignore[import-untyped]
from pulumi.provider.experimental import provider as sdk
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc, status_pb2

from lab.providers.properties import PropertyMap, received, sendable

PARALLEL = 256
"""How many calls run at once. The engine starts as many as the graph allows."""
Message: TypeAlias = Any
"""A gRPC message. gRPC has no types for them."""

Question = TypeVar("Question")
Answer = TypeVar("Answer")

_GRACE = 3.0
"""How many seconds running calls have to end after the engine is gone."""


class PartlyCreated(Exception):  # noqa: N818  # it names a state, as the engine does
    """A resource exists, but not as wanted. The engine saves it with the reasons. The next `up` updates it.

    Raise it from create, update or read. `outputs` and `inputs`: what the engine saves in the state.
    """

    def __init__(self, resource_id: str, outputs: PropertyMap, inputs: PropertyMap, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.resource_id = resource_id
        self.outputs = outputs
        self.inputs = inputs
        self.reasons = reasons


CURRENT_URN: ContextVar[str] = ContextVar("CURRENT_URN", default="")
"""The resource of the running call. A thread that a call starts does not inherit this value."""


class EngineLog:
    """The engine's log. Each line belongs to a resource: that of the running call, unless another URN is given."""

    def __init__(self, address: str) -> None:
        """`address`: HOST:PORT of the engine. Empty: log nothing."""
        channel = grpc.insecure_channel(address, options=_GRPC_CHANNEL_OPTIONS) if address else None
        self._engine = engine_pb2_grpc.EngineStub(channel) if channel else None

    def info(self, message: str, urn: str = "", *, ephemeral: bool = False) -> None:
        """Logs a line of information. An ephemeral line is visible only while the operation runs."""
        self._say(engine_pb2.INFO, message, urn, ephemeral)

    def warning(self, message: str, urn: str = "") -> None:
        """Logs a line that the user should act on."""
        self._say(engine_pb2.WARNING, message, urn, ephemeral=False)

    def debug(self, message: str, urn: str = "") -> None:
        """Logs a line that is visible with --debug only."""
        self._say(engine_pb2.DEBUG, message, urn, ephemeral=False)

    def _say(self, severity: engine_pb2.LogSeverity.ValueType, message: str, urn: str, ephemeral: bool) -> None:
        if self._engine is None:
            return
        urn = urn or CURRENT_URN.get()
        request = engine_pb2.LogRequest(severity=severity, message=message, urn=urn, ephemeral=ephemeral)
        with suppress(grpc.RpcError):  # the engine is ending: a lost log line must not fail the call
            self._engine.Log(request, timeout=10)


class InThreads(sdk.Provider):
    """Wraps a provider: runs each call in its own thread, and translates unknowns in both directions."""

    def __init__(self, provider: sdk.Provider) -> None:
        self._provider = provider
        self._threads = ThreadPoolExecutor(PARALLEL, thread_name_prefix="call")
        self.running = 0
        """Calls that have not been answered yet."""

    async def check_config(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        return await self._run(self._provider.check_config, request)

    async def diff_config(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
        return await self._run(self._provider.diff_config, request)

    async def configure(self, request: sdk.ConfigureRequest) -> sdk.ConfigureResponse:
        return await self._run(self._provider.configure, request)

    async def get_schema(self, request: sdk.GetSchemaRequest) -> sdk.GetSchemaResponse:
        return await self._run(self._provider.get_schema, request)

    async def invoke(self, request: sdk.InvokeRequest) -> sdk.InvokeResponse:
        return await self._run(self._provider.invoke, request)

    async def check(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        return await self._run(self._provider.check, request)

    async def diff(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
        if own_type(request.type).startswith("pulumi:providers:"):  # see Servicer.DiffConfig
            return await self.diff_config(request)
        return await self._run(self._provider.diff, request)

    async def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
        return await self._run(self._provider.create, request)

    async def read(self, request: sdk.ReadRequest) -> sdk.ReadResponse:
        return await self._run(self._provider.read, request)

    async def update(self, request: sdk.UpdateRequest) -> sdk.UpdateResponse:
        return await self._run(self._provider.update, request)

    async def delete(self, request: sdk.DeleteRequest) -> None:
        await self._run(self._provider.delete, request)

    async def cancel(self) -> None:
        # Does not use the threads: they may all be busy with calls to cancel.
        await self._provider.cancel()

    async def _run(self, method: Callable[[Question], Coroutine[None, None, Answer]], request: Question) -> Answer:
        CURRENT_URN.set(getattr(request, "urn", ""))
        _translate(request, received)
        loop = asyncio.get_running_loop()
        call = partial(copy_context().run, asyncio.run, method(request))
        self.running += 1
        try:
            answer: Answer = await loop.run_in_executor(self._threads, call)
        finally:
            self.running -= 1
        _translate(answer, sendable)
        return answer


def own_type(token: str) -> str:
    """A resource's type, without the types of its parent components, which the SDK puts in front."""
    return token.rpartition("$")[2]


class Servicer(ProviderServicer):
    """The SDK's implementation of the protocol, with one correction."""

    # The SDK's DiffConfig misreads the answer (2 is "some", 1 is "none"; it uses a missing field). Its Diff is correct.
    DiffConfig = ProviderServicer.Diff


class Errors(grpc.aio.ServerInterceptor):  # type: ignore[misc]  # grpc has no types
    """Answers a failed call with the error's text only, in the formats that the engine knows."""

    async def intercept_service(self, continuation: Callable[[Message], Awaitable[Message]], call: Message) -> Message:
        handler = await continuation(call)
        if handler is None or not inspect.iscoroutinefunction(handler.unary_unary):
            return handler  # not implemented by the SDK: the engine is told so

        async def answer(request: Message, context: Message) -> Message:
            try:
                return await handler.unary_unary(request, context)
            except grpc.aio.AbortError:
                raise
            except NotImplementedError as error:
                await context.abort(grpc.StatusCode.UNIMPLEMENTED, str(error))
            except PartlyCreated as state:
                await context.abort_with_status(_partly_created(state))
            except Exception as error:
                await context.abort(grpc.StatusCode.UNKNOWN, _text(error))

        return grpc.unary_unary_rpc_method_handler(
            answer, request_deserializer=handler.request_deserializer, response_serializer=handler.response_serializer
        )


def serve(name: str, make: Callable[[EngineLog], sdk.Provider]) -> None:
    """Serves the stand-in for the plugin `name` until the engine ends. The engine passes its address in `sys.argv`.

    `make` creates the provider from the engine's log. The version is that of the published SDK, pulumi_<name>.
    """
    parser = argparse.ArgumentParser(description=f"Stand-in for Pulumi's {name} plugin. Started by the engine.")
    parser.add_argument("engine", nargs="?", default="", help="address of the engine")
    engine = parser.parse_known_args()[0].engine
    provider = InThreads(make(EngineLog(engine)))
    for number in (signal.SIGINT, signal.SIGTERM):  # the engine ends a plugin with SIGINT
        signal.signal(number, lambda *_: threading.Thread(target=_end, args=(provider,)).start())
    threading.Thread(target=_end_with_parent, args=(provider, os.getppid()), daemon=True).start()
    asyncio.run(_listen(Servicer([], importlib.metadata.version(f"pulumi_{name}"), provider, engine)))


async def _listen(servicer: Servicer) -> None:
    server = grpc.aio.server(options=_GRPC_CHANNEL_OPTIONS, interceptors=[Errors()])
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await server.wait_for_termination()


def _text(error: Exception) -> str:
    """The error's text for the user. An unexpected error is a bug of the stand-in: then with its class and place."""
    slip = isinstance(error, KeyError | IndexError)
    if isinstance(error, RuntimeError | OSError | LookupError | ValueError) and str(error) and not slip:
        return str(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno}: please report it)"


def _partly_created(state: PartlyCreated) -> Message:
    """The gRPC status that makes the engine save a resource despite the error."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=state.resource_id,
        properties=PropertyValue.marshal_map({key: sendable(item) for key, item in state.outputs.items()}),
        inputs=PropertyValue.marshal_map({key: sendable(item) for key, item in state.inputs.items()}),
        reasons=state.reasons,
    )
    packed = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(state))
    packed.details.add().Pack(detail)
    status: Message = grpc.Status()
    status.code, status.details = grpc.StatusCode.UNKNOWN, str(state)
    status.trailing_metadata = (("grpc-status-details-bin", packed.SerializeToString()),)
    return status


def _translate(message: object, change: Callable[[PropertyValue], PropertyValue]) -> None:
    """Changes all property maps of a request or an answer, in place."""
    for name, field in vars(message).items() if message is not None else ():
        if isinstance(field, dict) and all(isinstance(item, PropertyValue) for item in field.values()):
            setattr(message, name, {key: change(item) for key, item in field.items()})


def _end_with_parent(provider: InThreads, parent: int) -> None:
    """Ends this process when the engine is gone, also when it was killed. Otherwise running commands would go on."""
    while os.getppid() == parent:
        time.sleep(0.5)
    _end(provider)


def _end(provider: InThreads) -> None:
    """Cancels running calls, waits a moment for them, then ends this process."""
    deadline = time.monotonic() + _GRACE
    try:
        asyncio.run(provider.cancel())
        while provider.running and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        os._exit(0)
