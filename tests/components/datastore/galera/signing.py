"""An authority of a test, that signs certificates as the program's resources do."""

from dataclasses import dataclass, field
from functools import cache, cached_property

from components.datastore.authority import AUTHORITY_DAYS, HOURS
from lab.providers.tls.certificates import CertRequest, LocallySignedCert, SelfSignedCert
from lab.providers.tls.private_key import PrivateKey


def new_key() -> str:
    """A private key in PEM."""
    return str(PrivateKey().create({"algorithm": "ECDSA", "ecdsaCurve": "P256", "rsaBits": 2048})[1]["privateKeyPem"])


@dataclass(frozen=True, eq=False)
class Signing:
    """One certificate of an authority. Another one with the same key is its renewal."""

    key: str = field(default_factory=new_key)

    @cached_property
    def authority(self) -> str:
        """The authority's certificate in PEM."""
        return str(
            SelfSignedCert().create(
                {
                    "privateKeyPem": self.key,
                    "subject": {"commonName": "lab datastore-authority"},
                    "isCaCertificate": True,
                    "validityPeriodHours": AUTHORITY_DAYS * HOURS,
                    "allowedUses": ["cert_signing", "crl_signing"],
                }
            )[1]["certPem"]
        )

    @cache  # noqa: B019
    def values(self, name: str, address: str) -> dict[str, str]:
        """The certificate and key of a voter: values and secrets of group.sh."""
        key = new_key()
        names = {"dnsNames": [name], "ipAddresses": [address, "127.0.0.1"]}
        request = CertRequest().create({"privateKeyPem": key, "subject": {"commonName": name}, **names})[1]
        signed = LocallySignedCert().create(
            {
                "certRequestPem": request["certRequestPem"],
                "caPrivateKeyPem": self.key,
                "caCertPem": self.authority,
                "validityPeriodHours": 24 * 365,
                "allowedUses": ["digital_signature", "server_auth", "client_auth"],
            }
        )[1]
        return {
            "AUTHORITY": self.authority.rstrip(),
            "CERTIFICATE": str(signed["certPem"]).rstrip(),
            "KEY": key.rstrip(),
        }
