"""The hosts' TLS certificate for Cloudflare. Its origin CA signs it; only Cloudflare trusts that CA."""

from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare
import pulumi_tls as tls

from components.renewal import period


@dataclass(frozen=True)
class OriginCertificateArgs:
    """For a domain and all names with one label before it. `days`: a value that the API allows, see settings.edge."""

    domain: str
    days: int


class OriginCertificate(pulumi.ComponentResource):
    """A certificate and its private key. Only the state and the cluster contain the key.

    Both are replaced when `days` changes, and after half a year, or after two thirds of a shorter validity. At the end
    of that `up`, when the new certificate is in use, the old one is revoked.
    """

    certificate: pulumi.Output[str]
    """PEM, without the CA's certificate, which the edge has."""
    private_key: pulumi.Output[str]
    """PEM; a secret."""

    def __init__(self, name: str, args: OriginCertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:edge:OriginCertificate", name, None, opts)
        children = pulumi.ResourceOptions(parent=self)
        renewed = pulumi.ResourceOptions(parent=self, replacement_trigger=period(args.days))
        key = tls.PrivateKey(name, algorithm="ECDSA", ecdsa_curve="P256", opts=renewed)
        # The CA uses only the key of the request. The names come from `hostnames`.
        request = tls.CertRequest(
            name,
            private_key_pem=key.private_key_pem,
            subject=tls.CertRequestSubjectArgs(common_name=args.domain),
            opts=children,
        )
        certificate = cloudflare.OriginCaCertificate(
            name,
            csr=request.cert_request_pem,
            # Cloudflare's API sorts the names, so `refresh` reads them in this order. The provider replaces the
            # certificate when the order differs.
            hostnames=sorted([args.domain, f"*.{args.domain}"]),
            request_type="origin-ecc",
            requested_validity=args.days,
            opts=children,
        )
        self.certificate = certificate.certificate
        self.private_key = pulumi.Output.secret(key.private_key_pem)
        self.register_outputs({"certificate": self.certificate})
