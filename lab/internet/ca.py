"""The lab's certificate authorities. They sign certificates for Headscale, for the edge's sites, and for origins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.files import replace

TITLE = "Certificate authority of a tailnet-k3s lab"
ORIGIN_TITLE = "Origin CA of a tailnet-k3s lab"
AUTHORITY_LIFE = timedelta(days=7300)
"""Longer than an origin certificate (15 years). Hosts get the authority once, when they are created."""
SERVER_LIFE = timedelta(days=397)
RENEW_BEFORE = timedelta(days=60)
"""The next `up` renews a server certificate that expires within this time."""


@dataclass(frozen=True)
class Identity:
    """A certificate and its private key as PEM files."""

    certificate: Path
    key: Path

    def exists(self) -> bool:
        """Whether the files exist. The certificate is written last, so the key exists, too."""
        return self.certificate.exists() and self.key.exists()

    def load(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        """Reads certificate and key. Raises ValueError if the key is not an EC key, which this module always makes."""
        key = serialization.load_pem_private_key(self.key.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{self.key} is no EC key: remove the folder {self.key.parent}")
        return x509.load_pem_x509_certificate(self.certificate.read_bytes()), key


def ensure_authority(folder: Path, stem: str = "ca", title: str = TITLE) -> Identity:
    """An authority in the files STEM.pem and STEM.key of `folder`. Creates it if there is none.

    The defaults name the lab's public authority, which hosts, operator and visitors trust.
    """
    authority = Identity(folder / f"{stem}.pem", folder / f"{stem}.key")
    if not authority.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
        builder = _builder(name, name, key, AUTHORITY_LIFE)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
        _write(authority, builder.sign(key, hashes.SHA256()), key)
    return authority


def ensure_origin_authority(folder: Path) -> Identity:
    """Cloudflare's authority in the lab, which signs origin certificates. Only the edge trusts it."""
    return ensure_authority(folder, "origin-ca", ORIGIN_TITLE)


def ensure_server(folder: Path, name: str, address: str, authority: Identity) -> Identity:
    """A server certificate for an IP address. Renews it if it is missing, expires soon, or has another issuer."""
    return _ensure_leaf(folder, name, [x509.IPAddress(ip_address(address))], authority)


def ensure_site(folder: Path, domain: str, authority: Identity) -> Identity:
    """A certificate for a domain and all names one label below it. Renews it like ensure_server."""
    return _ensure_leaf(folder, domain, [x509.DNSName(domain), x509.DNSName(f"*.{domain}")], authority)


def _ensure_leaf(folder: Path, name: str, names: Sequence[x509.GeneralName], authority: Identity) -> Identity:
    server = Identity(folder / f"{name}.pem", folder / f"{name}.key")
    issuer, issuer_key = authority.load()
    if not (server.exists() and _good_for(server, issuer)):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = _builder(subject, issuer.subject, key, SERVER_LIFE)
        extensions: list[tuple[x509.ExtensionType, bool]] = [
            (x509.SubjectAlternativeName(names), False),
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_usage(signs_certificates=False), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        ]
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        _write(server, builder.sign(issuer_key, hashes.SHA256()), key)
    return server


def _good_for(server: Identity, issuer: x509.Certificate) -> bool:
    certificate = x509.load_pem_x509_certificate(server.certificate.read_bytes())
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return certificate.not_valid_after_utc - RENEW_BEFORE > datetime.now(UTC)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, life: timedelta
) -> x509.CertificateBuilder:
    begin = datetime.now(UTC) - timedelta(hours=1)  # clocks of hosts may differ
    return (
        x509.CertificateBuilder(issuer, subject, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + life)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write(identity: Identity, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    """Writes the key first. So if a certificate exists, its key exists, too."""
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    identity.certificate.unlink(missing_ok=True)
    replace(identity.key, pem)
    replace(identity.certificate, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)
