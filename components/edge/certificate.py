"""The certificate by which Cloudflare knows the hosts: signed by its origin CA, which nobody else trusts."""

from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare
import pulumi_tls as tls

from components.edge.renewal import period


@dataclass(frozen=True)
class OriginCertificateArgs:
    """For a domain and all names one label below it; `days` as the API allows, see settings.edge."""

    domain: str
    days: int


class OriginCertificate(pulumi.ComponentResource):
    """A key that never leaves the state and the cluster, and the certificate for it.

    Both are made anew with another validity, and once two thirds of it are over. The old certificate is revoked at the
    end of that `up`, when the new one is in use.
    """

    certificate: pulumi.Output[str]
    """PEM, the certificate alone: the edge has the CA's."""
    private_key: pulumi.Output[str]
    """PEM; a secret."""

    def __init__(self, name: str, args: OriginCertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:edge:OriginCertificate", name, None, opts)
        children = pulumi.ResourceOptions(parent=self)
        renewed = pulumi.ResourceOptions(parent=self, replacement_trigger=period(args.days))
        key = tls.PrivateKey(name, algorithm="ECDSA", ecdsa_curve="P256", opts=renewed)
        # Names are those of `hostnames`; the CA takes nothing but the key from the request.
        request = tls.CertRequest(
            name,
            private_key_pem=key.private_key_pem,
            subject=tls.CertRequestSubjectArgs(common_name=args.domain),
            opts=children,
        )
        certificate = cloudflare.OriginCaCertificate(
            name,
            csr=request.cert_request_pem,
            hostnames=[args.domain, f"*.{args.domain}"],
            request_type="origin-ecc",
            requested_validity=args.days,
            opts=children,
        )
        self.certificate = certificate.certificate
        self.private_key = pulumi.Output.secret(key.private_key_pem)
        self.register_outputs({"certificate": self.certificate})
