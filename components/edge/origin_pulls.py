"""Authenticated origin pulls: Cloudflare shows the hosts a client certificate that it can only have from here."""

import pulumi
import pulumi_cloudflare as cloudflare
import pulumi_tls as tls

from components.edge.renewal import DAY, period

AUTHORITY_DAYS, CLIENT_DAYS = 20 * 365, 2 * 365
HOURS = DAY // 3600


class OriginPulls(pulumi.ComponentResource):
    """A CA of the program's own, and a client certificate of it that Cloudflare uses for the whole zone.

    Cloudflare's own client certificate would let in the zones of all its customers. It takes Cloudflare some minutes to
    show a new one from everywhere, and until then some visitors of a site that is online are sent away: switch it on
    before the first of them, or at night. Taking this away ends the upload, not the zone's setting: Cloudflare then
    shows its own certificate again, which nobody asks for.
    """

    authority: pulumi.Output[str]
    """Certificate of the CA, PEM."""

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
        # Hosts trust the CA, so they know the next certificate as well as this one.
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
        uploaded = cloudflare.AuthenticatedOriginPullsCertificate(
            name, zone_id=zone_id, certificate=client.cert_pem, private_key=key.private_key_pem, opts=children
        )
        self._switched_on = cloudflare.AuthenticatedOriginPullsSettings(
            name, zone_id=zone_id, enabled=True, opts=pulumi.ResourceOptions(parent=self, depends_on=[uploaded])
        )
        # Known only when Cloudflare has it: whoever asks visitors for it does so afterwards.
        self.authority = pulumi.Output.all(authority.cert_pem, self._switched_on.id).apply(lambda known: str(known[0]))
        self.register_outputs({"authority": self.authority})

    def _key(self, name: str, opts: pulumi.ResourceOptions) -> tls.PrivateKey:
        # RSA, as in Cloudflare's own example: which curves it takes from clients of its API it does not say.
        return tls.PrivateKey(name, algorithm="RSA", rsa_bits=2048, opts=opts)
