"""Traefik's default certificate and TLS options, for routes without their own."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import Secret
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.ingress.configuration import NAMESPACE
from components.settings.ingress import Ingress

API = "traefik.io/v1alpha1"
VERSIONS = {"1.2": "VersionTLS12", "1.3": "VersionTLS13"}


@dataclass(frozen=True)
class TlsArgs:
    """`authority`: CA (PEM) of the client certificate that clients must present. None: no client certificate."""

    settings: Ingress
    certificate: pulumi.Input[str]
    private_key: pulumi.Input[str]
    authority: pulumi.Input[str] | None = None


def serve_tls(name: str, args: TlsArgs, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """Default certificate and options. Traefik uses the objects named `default`, which may exist in one namespace only.

    Each Secret's name has a random suffix, so a new certificate is a new Secret. It exists before the TLSStore refers
    to it. The old Secret is deleted afterwards.
    """
    secret = Secret(
        name,
        metadata=ObjectMetaArgs(namespace=NAMESPACE),
        type="kubernetes.io/tls",
        string_data={"tls.crt": args.certificate, "tls.key": args.private_key},
        opts=opts,
    )
    store = CustomResource(
        name,
        api_version=API,
        kind="TLSStore",
        metadata=_default(),
        spec={"defaultCertificate": {"secretName": secret.metadata.name}},
        opts=opts,
    )
    options = CustomResource(
        f"{name}-options",
        api_version=API,
        kind="TLSOption",
        metadata=_default(),
        spec={"minVersion": VERSIONS[args.settings.minimum_tls], **_client_auth(name, args.authority, opts)},
        opts=opts,
    )
    return [store, options]


def _client_auth(
    name: str, authority: pulumi.Input[str] | None, opts: pulumi.ResourceOptions
) -> dict[str, pulumi.Input[object]]:
    if authority is None:
        return {}
    secret = Secret(
        f"{name}-clients", metadata=ObjectMetaArgs(namespace=NAMESPACE), string_data={"ca.crt": authority}, opts=opts
    )
    return {
        "clientAuth": {"secretNames": [secret.metadata.name], "clientAuthType": "RequireAndVerifyClientCert"},
    }


def _default() -> ObjectMetaArgs:
    return ObjectMetaArgs(name="default", namespace=NAMESPACE)
