"""Authenticated origin pulls: Cloudflare presents a client certificate that this program has issued."""

import pulumi
import pulumi_cloudflare as cloudflare
import pulumi_tls as tls

from components.renewal import DAY, period

AUTHORITY_DAYS, CLIENT_DAYS = 20 * 365, 3 * 365
HOURS = DAY // 3600


class OriginPulls(pulumi.ComponentResource):
    """The program's own CA, and a client certificate that Cloudflare uses for the whole zone.

    Cloudflare's own client certificate would admit the zones of all its customers. Cloudflare needs some minutes until
    all of its servers present a new certificate. In this time hosts refuse some visitors. So turn this on before a site
    goes online, or at night. Deleting this resource deletes the certificate, but not the zone's setting: Cloudflare
    then presents its own certificate, which no host requires.
    """

    authority: pulumi.Output[str]
    """Certificate of the CA, in PEM."""
    certificate: pulumi.Output[str]
    """Cloudflare's client certificate, in PEM."""

    def __init__(self, name: str, zone_id: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:edge:OriginPulls", name, None, opts)
        children = pulumi.ResourceOptions(parent=self)
        authority_key = self._key(f"{name}-authority", children)
        authority = tls.SelfSignedCert(
            f"{name}-authority",
            private_key_pem=authority_key.private_key_pem,
            subject=tls.SelfSignedCertSubjectArgs(common_name=f"{pulumi.get_project()} origin pulls"),
            is_ca_certificate=True,
            validity_period_hours=AUTHORITY_DAYS * HOURS,
            allowed_uses=["cert_signing", "crl_signing"],
            opts=children,
        )
        # Hosts trust the CA, so they accept the next certificate, too.
        renewed = pulumi.ResourceOptions(parent=self, replacement_trigger=period(CLIENT_DAYS))
        key = self._key(f"{name}-client", renewed)
        request = tls.CertRequest(
            f"{name}-client",
            private_key_pem=key.private_key_pem,
            subject=tls.CertRequestSubjectArgs(common_name="Cloudflare"),
            opts=children,
        )
        client = tls.LocallySignedCert(
            f"{name}-client",
            cert_request_pem=request.cert_request_pem,
            ca_private_key_pem=authority_key.private_key_pem,
            ca_cert_pem=authority.cert_pem,
            validity_period_hours=CLIENT_DAYS * HOURS,
            allowed_uses=["digital_signature", "client_auth"],
            opts=children,
        )
        self.certificate = client.cert_pem
        uploaded = cloudflare.AuthenticatedOriginPullsCertificate(
            name, zone_id=zone_id, certificate=client.cert_pem, private_key=key.private_key_pem, opts=children
        )
        self._switched_on = cloudflare.AuthenticatedOriginPullsSettings(
            name, zone_id=zone_id, enabled=True, opts=pulumi.ResourceOptions(parent=self, depends_on=[uploaded])
        )
        # Depends on the upload, so that hosts require the certificate only after Cloudflare has it.
        self.authority = pulumi.Output.all(authority.cert_pem, self._switched_on.id).apply(lambda known: str(known[0]))
        self.register_outputs({"authority": self.authority})

    def _key(self, name: str, opts: pulumi.ResourceOptions) -> tls.PrivateKey:
        # RSA, as in Cloudflare's example. Its documentation does not list the curves that it accepts.
        return tls.PrivateKey(name, algorithm="RSA", rsa_bits=2048, opts=opts)
