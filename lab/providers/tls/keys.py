"""Private keys of three algorithms: creates and reads them, and writes them in the published plugin's notations."""

import base64
import hashlib
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from lab.providers.stand_in import Values

Key: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

CURVES: dict[str, type[ec.EllipticCurve]] = {
    "P224": ec.SECP224R1,
    "P256": ec.SECP256R1,
    "P384": ec.SECP384R1,
    "P521": ec.SECP521R1,
}
ALGORITHMS = ("RSA", "ECDSA", "ED25519")


def make_key(algorithm: str, curve: str, bits: int) -> Key:
    """A new key. `curve`: for ECDSA only. `bits`: for RSA only."""
    if algorithm == "RSA":
        return rsa.generate_private_key(65537, bits)
    return ec.generate_private_key(CURVES[curve]()) if algorithm == "ECDSA" else ed25519.Ed25519PrivateKey.generate()


def read_key(text: str, name: str) -> Key:
    """Reads a private key: in OpenSSH's format for an input `…Openssh`, else in PEM.

    Raises RuntimeError, which names the input but does not show the key.
    """
    data = text.encode()
    if (b"BEGIN OPENSSH" in data) != name.endswith("Openssh"):
        raise RuntimeError(f"{name}: no private key in the format of this input")
    load = serialization.load_ssh_private_key if b"BEGIN OPENSSH" in data else serialization.load_pem_private_key
    try:
        key = load(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise RuntimeError(f"{name}: no private key without a password") from error
    if not isinstance(key, Key):
        raise RuntimeError(f"{name}: its algorithm is none of {', '.join(ALGORITHMS)}")
    return key


def algorithm_of(key: Key) -> str:
    """The published plugin's name for the algorithm."""
    if isinstance(key, rsa.RSAPrivateKey):
        return "RSA"
    return "ECDSA" if isinstance(key, ec.EllipticCurvePrivateKey) else "ED25519"


def private_notations(key: Key) -> Values:
    """The private key in PEM (PKCS #1 for RSA, SEC 1 for ECDSA, else PKCS #8), in PKCS #8, and as OpenSSH writes it."""
    own, pkcs8 = serialization.PrivateFormat.TraditionalOpenSSL, serialization.PrivateFormat.PKCS8
    ed = isinstance(key, ed25519.Ed25519PrivateKey)
    return {
        "privateKeyPem": _private_text(key, pkcs8 if ed else own),
        "privateKeyPemPkcs8": _private_text(key, pkcs8),
        "privateKeyOpenssh": _private_text(key, serialization.PrivateFormat.OpenSSH) if known_to_ssh(key) else "",
    }


def public_notations(key: Key) -> Values:
    """The public key in PEM, as a line of authorized_keys, and its fingerprints."""
    public = key.public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    line = md5 = sha256 = ""
    if known_to_ssh(key):
        line = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
        blob = base64.b64decode(line.split()[1])
        md5 = hashlib.md5(blob, usedforsecurity=False).digest().hex(":")
        sha256 = f"SHA256:{base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip('=')}"
        line += "\n"
    return {
        "publicKeyPem": pem,
        "publicKeyOpenssh": line,
        "publicKeyFingerprintMd5": md5,
        "publicKeyFingerprintSha256": sha256,
    }


def id_of(key: Key) -> str:
    """The published plugin's ID of a key: the SHA-1 of its public key."""
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha1(der, usedforsecurity=False).hexdigest()


def known_to_ssh(key: Key) -> bool:
    """Whether SSH supports this kind of key: all but P224."""
    return not (isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP224R1))


def _private_text(key: Key, kind: serialization.PrivateFormat) -> str:
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()
