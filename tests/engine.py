"""Runs a piece of the program under Pulumi's mocks, and tells which resources it asked for, how, and in which order."""

import asyncio
import contextvars
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import pulumi
from google.protobuf import struct_pb2  # type: ignore[import-untyped]
from pulumi.resource import DependencyResource
from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks, rpc
from pulumi.runtime.mocks import MockEngine, MockMonitor, MockSettings
from pulumi.runtime.settings import SETTINGS, configure
from pulumi.runtime.stack import run_in_stack

from components.hosts import first_contact

Outputs = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Outputs that a provider would add, from the resource's name and inputs."""

Answer = Callable[[dict[str, Any]], dict[str, Any]]
"""What a provider's function returns, from its arguments."""

KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters: [{name: tailnet-k3s-lab, cluster: {server: "https://100.64.0.1:6443", certificate-authority-data: Q0E=}}]
contexts: [{name: tailnet-k3s-lab, context: {cluster: tailnet-k3s-lab, user: tailnet-k3s-lab}}]
current-context: tailnet-k3s-lab
users: [{name: tailnet-k3s-lab, user: {client-key-data: a2V5}}]
"""


def printed(name: str) -> str:
    """What a step on a host prints, by its name."""
    results = {"kubeconfig": KUBECONFIG, "ipv6": "taken\n"}
    return results.get(name.rpartition("-")[2], f"output of {name}")


PROVIDED: dict[str, Outputs] = {
    "tls:index/privateKey:PrivateKey": lambda name, _: {
        "privateKeyOpenssh": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{name}\n-----END OPENSSH PRIVATE KEY-----\n",
        "publicKeyOpenssh": f"ssh-ed25519 AAAA{name}\n",
        "privateKeyPem": f"-----BEGIN PRIVATE KEY-----\n{name}\n-----END PRIVATE KEY-----\n",
    },
    "tailscale:index/tailnetKey:TailnetKey": lambda name, _: {"key": f"tskey-auth-{name}"},
    "random:index/randomString:RandomString": lambda _, inputs: {"result": "x" * int(inputs["length"])},
    "random:index/randomPassword:RandomPassword": lambda name, _: {"result": f"password-{name}"},
    "random:index/randomId:RandomId": lambda name, _: {"hex": f"hex-{name}"},
    "oci:Core/vcn:Vcn": lambda *_: {"ipv6cidrBlocks": ["2001:db8:100::/56"]},
    "oci:Core/subnet:Subnet": lambda *_: {"ipv6virtualRouterIp": "fe80::1"},
    "oci:Core/publicIp:PublicIp": lambda name, _: {"ipAddress": f"198.51.100.{name[-1]}"},
    "azure-native:network:PublicIPAddress": lambda name, _: {"ipAddress": f"address of {name}"},
    "command:remote:Command": lambda name, _: {"stdout": printed(name), "stderr": ""},
    "cloudflare:index/originCaCertificate:OriginCaCertificate": lambda name, _: {"certificate": f"certificate {name}"},
    "tls:index/certRequest:CertRequest": lambda name, _: {"certRequestPem": f"request {name}"},
    "tls:index/selfSignedCert:SelfSignedCert": lambda name, _: {"certPem": f"certificate {name}"},
    "tls:index/locallySignedCert:LocallySignedCert": lambda name, _: {"certPem": f"certificate {name}"},
}

THERE_BEFORE = frozenset(
    {
        "cloudflare:index/getDnsRecords:getDnsRecords",
        "cloudflare:index/getIpRanges:getIpRanges",
        "cloudflare:index/getZoneSetting:getZoneSetting",
        "cloudflare:index/getZones:getZones",
        "oci:Core/getImages:getImages",
        "pulumi:pulumi:readStackOutputs",
        "pulumi:pulumi:readStackResourceOutputs",
        "oci:Identity/getAvailabilityDomains:getAvailabilityDomains",
        "tailscale:index/getAcl:getAcl",
    }
)
"""Functions about what the program does not make: they are answered in a preview too."""


@dataclass
class Resource:
    """One resource, as the engine was asked for it."""

    type: str
    name: str
    inputs: dict[str, Any]
    """By the providers' names, secrets as their plain values; what is not known in a preview is left out."""
    secrets: frozenset[str]
    """Inputs that are, or contain, a secret."""
    after: frozenset[str]
    """Resources that must be there before (`Instance oracle-1`): dependencies, stated or by way of an input."""
    parent: str
    """As above."""
    request: Any
    """The engine's own message, for what is not above."""


@dataclass
class Run:
    """What a program did."""

    resources: list[Resource] = field(default_factory=list)
    """In the order in which they could be created."""
    outputs: dict[str, Any] = field(default_factory=dict)
    """The stack's outputs, secrets as plain values."""
    secret_outputs: frozenset[str] = frozenset()
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Functions of providers that were called, with their arguments."""
    transforms: list[pulumi.ResourceTransform] = field(default_factory=list)
    """What the program wants to be asked about each resource before it is registered."""
    error_hooks: dict[str, pulumi.ErrorHook] = field(default_factory=dict)
    """By name: what the program wants to be asked when an operation fails."""
    hooks: dict[str, pulumi.ResourceHook] = field(default_factory=dict)
    """By name: what the program wants to be asked before or after an operation."""

    def of(self, kind: str) -> list[Resource]:
        """Those whose type token ends with a name: `Instance`."""
        return [resource for resource in self.resources if resource.type.endswith(f":{kind}")]

    def one(self, kind: str, name: str) -> Resource:
        """The one of that type and name."""
        found = [resource for resource in self.of(kind) if resource.name == name]
        assert len(found) == 1, f"{len(found)} {kind} {name} among {[(r.type, r.name) for r in self.resources]}"
        return found[0]

    def before(self, resource: Resource) -> set[str]:
        """All that must be there before a resource, by any number of dependencies: `Instance oracle-1`, …."""
        after = {_label(other.request): other.after for other in self.resources}
        found: set[str] = set()
        new = set(resource.after)
        while new:
            found |= new
            new = {label for one in new for label in after.get(one, ())} - found
        return found


def run(
    program: Callable[[], object],
    *,
    preview: bool = False,
    stack: str = "lab",
    calls: Mapping[str, Answer] | None = None,
    provided: Mapping[str, Outputs] | None = None,
) -> Run:
    """Runs a program to its end. In a preview nothing that providers would say is known, and few calls are answered.

    `calls` answers calls of functions by token, `provided` adds outputs by type token. Raises what the program does.
    """
    seen = Run()
    provider = _Provider(seen, preview, calls or {}, {**PROVIDED, **(provided or {})})

    def once() -> None:
        program()

    def in_context() -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        SETTINGS.outputs.clear()  # what a test that failed has left
        settings: dict[str, Any] = {"project": "tailnet-k3s", "stack": stack, "dry_run": preview}
        settings |= {"monitor": _Monitor(seen, provider), "engine": MockEngine(None)}
        configure(MockSettings(**settings))  # type: ignore[no-untyped-call]
        SETTINGS.callbacks = _Callbacks(seen)
        try:
            # Nobody is at the addresses: each machine shows the key of its user data.
            with patch.object(first_contact, "_shown", lambda _, candidates: candidates[0]):
                loop.run_until_complete(run_in_stack(once))
        finally:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.close()

    contextvars.copy_context().run(in_context)
    return seen


class _Callbacks:
    """In the place of the server that the engine calls back."""

    def __init__(self, seen: Run) -> None:
        self._seen = seen

    def register_stack_transform(self, transform: pulumi.ResourceTransform) -> None:
        self._seen.transforms.append(transform)

    def register_error_hook(self, hook: pulumi.ErrorHook) -> None:
        self._seen.error_hooks[hook.name] = hook

    def register_resource_hook(self, hook: pulumi.ResourceHook) -> None:
        self._seen.hooks[hook.name] = hook


class _Provider(Mocks):
    """All clouds at once."""

    def __init__(self, seen: Run, preview: bool, calls: Mapping[str, Answer], outputs: Mapping[str, Outputs]) -> None:
        self._seen, self._preview, self._calls, self._outputs = seen, preview, calls, outputs

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        inputs = _plain(args.inputs)[0]
        if self._preview:
            return "", inputs
        outputs = self._outputs.get(args.typ)
        return f"id-of-{args.name}", {**inputs, **(outputs(args.name, inputs) if outputs else {})}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        there = not self._preview or args.token in THERE_BEFORE
        assert there, f"{args.token} is called in a preview in which nothing is there yet"
        self._seen.calls.append((args.token, args.args))
        return self._calls[args.token](args.args), []


class _Monitor(MockMonitor):
    """Writes down what the engine is asked."""

    def __init__(self, seen: Run, provider: Mocks) -> None:
        super().__init__(provider)
        self._seen = seen

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        if request.type != "pulumi:pulumi:Stack":
            inputs, secrets = _plain(rpc.deserialize_properties(request.object))
            resource = Resource(
                type=request.type,
                name=request.name,
                inputs=inputs,
                secrets=secrets,
                after=frozenset(map(_label_of_urn, request.dependencies)),
                parent=_label_of_urn(request.parent),
                request=request,
            )
            self._seen.resources.append(resource)
            for transform in self._seen.transforms:
                _ask(transform, request)
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        for name in request.additionalSecretOutputs:
            if name in answer.object and not rpc.is_rpc_secret(answer.object[name]):
                _mark(answer.object, name)
        return answer

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        if "::pulumi:pulumi:Stack::" in request.urn:
            self._seen.outputs, self._seen.secret_outputs = _plain(rpc.deserialize_properties(request.outputs))
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]


def _ask(transform: pulumi.ResourceTransform, request: Any) -> None:
    """Ask as the engine does, which waits for the answer. None of the program's transforms changes anything."""

    async def answer() -> object:
        props = rpc.deserialize_properties(request.object)
        parent = DependencyResource(request.parent) if request.parent else None
        options = pulumi.ResourceOptions(parent=parent, protect=request.protect)
        asked: Any = transform(pulumi.ResourceTransformArgs(request.custom, request.type, request.name, props, options))
        return await asked

    assert asyncio.run(answer()) is None


def _mark(outputs: Any, name: str) -> None:
    """As the engine does with what a resource names as its secret outputs."""
    value = struct_pb2.Value()
    value.CopyFrom(outputs.fields[name])
    outputs.fields[name].struct_value.fields[rpc._special_sig_key].string_value = rpc._special_secret_sig
    outputs.fields[name].struct_value.fields["value"].CopyFrom(value)


def _label(request: Any) -> str:
    return f"{request.type.rpartition(':')[2]} {request.name}"


def _label_of_urn(urn: str) -> str:
    kind, _, name = urn.rpartition("::")
    return f"{kind.rpartition(':')[2]} {name}"


def _plain(properties: dict[str, Any]) -> tuple[dict[str, Any], frozenset[str]]:
    """Properties without the marks of secrets, and the names of those that had one."""
    secrets = {name for name, value in properties.items() if _has_secret(value)}
    return {name: _unwrap(value) for name, value in properties.items()}, frozenset(secrets)


def _has_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return rpc.is_rpc_secret(value) or any(map(_has_secret, value.values()))
    return isinstance(value, list) and any(map(_has_secret, value))


def _unwrap(value: Any) -> Any:
    if isinstance(value, dict):
        if rpc.is_rpc_secret(value):
            return _unwrap(rpc.unwrap_rpc_secret(value))
        return {name: _unwrap(inner) for name, inner in value.items()}
    return [_unwrap(inner) for inner in value] if isinstance(value, list) else value
