"""The datastore's certificate authority, and the certificates that it signs: by them members know each other.

Any `up` renews them in good time. The authority keeps its key, and gets a new certificate for it. Certificates that it
signed before and after that are valid under both. So hosts may take over the new one in any order, at any time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_tls as tls

from components.hosts.host import Host
from components.renewal import DAY, period

AUTHORITY_DAYS, AUTHORITY_RENEWED_DAYS = 20 * 365, 5 * 365
CERTIFICATE_DAYS = 3 * 365
"""The first `up` after half a year renews it: see renewal.py."""
HOURS = DAY // 3600


@dataclass(frozen=True)
class Authority:
    """A certificate authority, whose key is in the state alone."""

    certificate: pulumi.Output[str]
    """PEM. Hosts trust what it has signed."""
    key: pulumi.Output[str]
    """PEM; a secret."""


@dataclass(frozen=True)
class Identity:
    """A certificate and its key. It shows others who a host is, as a server and as a client."""

    certificate: pulumi.Output[str]
    """PEM, without the authority's certificate."""
    key: pulumi.Output[str]
    """PEM; a secret."""


def create_authority(name: str, opts: pulumi.ResourceOptions | None = None) -> Authority:
    """An authority of the stack's own, valid for 20 years. `name`: of its resources."""
    key = _key(name, opts)
    renewed = pulumi.ResourceOptions(replacement_trigger=period(AUTHORITY_DAYS, AUTHORITY_RENEWED_DAYS))
    certificate = tls.SelfSignedCert(
        name,
        private_key_pem=key,
        subject=tls.SelfSignedCertSubjectArgs(common_name=f"{pulumi.get_project()}-{pulumi.get_stack()} {name}"),
        is_ca_certificate=True,
        validity_period_hours=AUTHORITY_DAYS * HOURS,
        allowed_uses=["cert_signing", "crl_signing"],
        opts=pulumi.ResourceOptions.merge(opts, renewed),
    )
    return Authority(certificate.cert_pem, key)


def identify_host(name: str, authority: Authority, host: Host, opts: pulumi.ResourceOptions | None = None) -> Identity:
    """The certificate of a host: for its name, for its address in the tailnet, and for 127.0.0.1."""
    return identify(name, authority, host.name, [host.address, "127.0.0.1"], opts)


def identify(
    name: str,
    authority: Authority,
    who: str,
    addresses: Sequence[pulumi.Input[str]] = (),
    opts: pulumi.ResourceOptions | None = None,
) -> Identity:
    """A certificate for a name and IP addresses, with a key of its own. Both are renewed together."""
    key = _key(name, pulumi.ResourceOptions.merge(opts, _renewed()))
    request = tls.CertRequest(
        name,
        private_key_pem=key,
        subject=tls.CertRequestSubjectArgs(common_name=who),
        dns_names=[who],
        ip_addresses=[*addresses],
        opts=opts,
    )
    certificate = tls.LocallySignedCert(
        name,
        cert_request_pem=request.cert_request_pem,
        ca_private_key_pem=authority.key,
        ca_cert_pem=authority.certificate,
        validity_period_hours=CERTIFICATE_DAYS * HOURS,
        allowed_uses=["digital_signature", "server_auth", "client_auth"],
        opts=opts,
    )
    return Identity(certificate.cert_pem, key)


def _renewed() -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(replacement_trigger=period(CERTIFICATE_DAYS))


def _key(name: str, opts: pulumi.ResourceOptions | None) -> pulumi.Output[str]:
    key = tls.PrivateKey(name, algorithm="ECDSA", ecdsa_curve="P256", opts=opts)
    return pulumi.Output.secret(key.private_key_pem)
