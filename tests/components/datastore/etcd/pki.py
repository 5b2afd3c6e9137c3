"""Certificates for tests, as components/datastore/authority.py has them made: an authority, and what it signs."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Signed:
    """A certificate and its key, in PEM."""

    certificate: str
    key: str


@dataclass(frozen=True)
class TestAuthority:
    """Signs certificates."""

    own_key: ec.EllipticCurvePrivateKey
    own: x509.Certificate

    __test__ = False

    @classmethod
    def create(cls, name: str = "test", key: ec.EllipticCurvePrivateKey | None = None) -> Self:
        """A new authority; with `key`, a new certificate for an old one."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        builder = _begin(_named(name), _named(name), key, datetime.now(UTC), datetime.now(UTC) + 3650 * DAY)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        return cls(key, builder.sign(key, SHA256()))

    @property
    def certificate(self) -> str:
        """In PEM, without the newline at its end."""
        return self.own.public_bytes(Encoding.PEM).decode().rstrip("\n")

    def sign(self, name: str, *addresses: str, ended: bool = False) -> Signed:
        """A certificate for a name and addresses. `ended`: it ended yesterday."""
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        start, end = (now - 9 * DAY, now - DAY) if ended else (now - DAY, now + 365 * DAY)
        names = [x509.DNSName(name), *(x509.IPAddress(ipaddress.ip_address(one)) for one in addresses)]
        uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = _begin(_named(name), self.own.subject, key, start, end)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        certificate = builder.sign(self.own_key, SHA256()).public_bytes(Encoding.PEM).decode()
        text = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
        return Signed(certificate.rstrip("\n"), text.rstrip("\n"))


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _begin(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    serial = x509.random_serial_number()
    return x509.CertificateBuilder(issuer, subject, key.public_key(), serial, start, end)
