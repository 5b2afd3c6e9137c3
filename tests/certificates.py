"""Certificates for tests."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding


def self_signed(folder: Path, name: str) -> tuple[Path, Path]:
    """A key and its own certificate, as files in PEM."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    command = ["openssl", "req", *kind, "-subj", f"/CN={name}", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return key, certificate


def ending_in(days: int, name: str = "system:admin", life: int = 365) -> str:
    """A certificate in PEM, for so many days in all, of which `days` are left. Its end may be in the past."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days, hours=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=life))
        .not_valid_after(end)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()
